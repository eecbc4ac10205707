//! Sigma's categories and fields, and what they are here. A row each.

/// What a Sigma rule of one category is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Category {
    /// Sigma's name.
    pub(super) name: &'static str,
    /// Macro for its events.
    pub(super) macro_name: &'static str,
    /// That macro's condition.
    pub(super) events: &'static str,
    /// What an alert shows, besides the rule's title.
    pub(super) output: &'static str,
    /// What a search without a field looks at.
    pub(super) keywords: Option<&'static str>,
}

/// The categories.
pub(super) static CATEGORIES: &[Category] = &[
    Category {
        name: "process_creation",
        macro_name: "sigma_process_creation",
        events: "(evt.type in (execve, execveat) and evt.rawres = 0)",
        output: "user=%user.name user_uid=%user.uid exe=%proc.exepath command=%proc.exeline cwd=%proc.cwd \
                 parent=%proc.pexepath parent_command=%proc.pcmdline terminal=%proc.tty \
                 container=%container.id image=%container.image.repository",
        keywords: Some("CommandLine"),
    },
    Category {
        name: "file_event",
        macro_name: "sigma_file_event",
        events: "(((evt.type in (open, openat, openat2) and evt.is_open_write = true and \
                 evt.arg.flags contains O_CREAT) or evt.type = creat) and fd.typechar = f and fd.num >= 0)",
        output: "file=%fd.name user=%user.name user_uid=%user.uid exe=%proc.exepath command=%proc.exeline \
                 parent=%proc.pexepath terminal=%proc.tty container=%container.id \
                 image=%container.image.repository",
        keywords: None,
    },
    Category {
        name: "network_connection",
        macro_name: "sigma_network_connection",
        events: "(((evt.type in (connect, accept, accept4) and (evt.rawres >= 0 or evt.res = EINPROGRESS)) or \
                 (evt.type in (sendto, sendmsg, recvfrom, recvmsg) and evt.rawres >= 0 and \
                 fd.l4proto != tcp and fd.connected = false and fd.name_changed = true)) and \
                 fd.typechar in (4, 6))",
        output: "connection=%fd.name server=%fd.sip.name user=%user.name user_uid=%user.uid \
                 exe=%proc.exepath command=%proc.exeline parent=%proc.pexepath terminal=%proc.tty \
                 container=%container.id image=%container.image.repository",
        keywords: None,
    },
];

/// How values of a field compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// Text in which an unknown value is a text of its own.
    TextOr(&'static str),
    /// A directory: here with a slash at its end, in Sigma without.
    Directory,
    /// One of the names of an address. Transformers would take all names at once.
    HostName,
    /// An address; the other field is compared with networks.
    Address(&'static str),
    /// A port or an id.
    Number,
    /// Whether the process began the connection.
    Direction,
}

/// A field.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Sigma's name.
    pub(super) sigma: &'static str,
    /// Ours, which is Falco's.
    pub(super) name: &'static str,
    /// How its values compare.
    pub(super) kind: Kind,
    /// The categories that have it; none means all.
    pub(super) only: Option<&'static str>,
    /// What a reader of the report should know.
    pub(super) note: Option<&'static str>,
}

const fn field(sigma: &'static str, name: &'static str, kind: Kind) -> Field {
    Field { sigma, name, kind, only: None, note: None }
}

const fn only(category: &'static str, field: Field) -> Field {
    Field { only: Some(category), ..field }
}

const NETWORK: &str = "network_connection";
const PARENT_LINE: &str = "proc.pexeline is a field of Saker's own: Falco does not load the rule";

/// The fields.
pub(super) static FIELDS: &[Field] = &[
    field("CommandLine", "proc.exeline", Kind::Text),
    field("Image", "proc.exepath", Kind::Text),
    field("ParentImage", "proc.pexepath", Kind::Text),
    Field { note: Some(PARENT_LINE), ..field("ParentCommandLine", "proc.pexeline", Kind::Text) },
    field("CurrentDirectory", "proc.cwd", Kind::Directory),
    field("User", "user.name", Kind::TextOr("<NA>")),
    field("LogonId", "user.loginuid", Kind::Number),
    only("file_event", field("TargetFilename", "fd.name", Kind::Text)),
    only(NETWORK, field("DestinationIp", "fd.sip", Kind::Address("fd.snet"))),
    only(NETWORK, field("DestinationHostname", "fd.sip.name", Kind::HostName)),
    only(NETWORK, field("DestinationPort", "fd.sport", Kind::Number)),
    only(NETWORK, field("SourceIp", "fd.cip", Kind::Address("fd.cnet"))),
    only(NETWORK, field("SourcePort", "fd.cport", Kind::Number)),
    only(NETWORK, field("Initiated", "evt.type", Kind::Direction)),
];

impl Category {
    /// The category called `name`.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        CATEGORIES.iter().find(|category| category.name == name)
    }

    /// The field that Sigma calls `sigma` in rules of this category.
    pub(super) fn field(&self, sigma: &str) -> Option<&'static Field> {
        FIELDS.iter().find(|field| {
            field.sigma.eq_ignore_ascii_case(sigma) && field.only.is_none_or(|category| category == self.name)
        })
    }
}
