//! What loading rules has to say: errors and warnings with their places.

use std::fmt;

use super::schema::Verdict;

/// Codes of errors. An error means that the rules are not used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum ErrorCode {
    FileRead,
    YamlParse,
    YamlValidate,
    CompileCondition,
    CompileOutput,
    Validate,
}

/// Codes of warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum WarningCode {
    UnknownSource,
    UnsafeNaCheck,
    NoEvttype,
    UnknownFilter,
    UnusedMacro,
    UnusedList,
    UnknownItem,
    DeprecatedItem,
    AppendNoValues,
    ExceptionNameNotUnique,
    InvalidMacroName,
    InvalidListName,
    CompileCondition,
    UnknownKey,
}

impl ErrorCode {
    /// Falco's name and a few words.
    pub fn info(self) -> (&'static str, &'static str) {
        match self {
            Self::FileRead => ("LOAD_ERR_FILE_READ", "File read error"),
            Self::YamlParse => ("LOAD_ERR_YAML_PARSE", "YAML parse error"),
            Self::YamlValidate => {
                ("LOAD_ERR_YAML_VALIDATE", "Error validating internal structure of YAML file")
            }
            Self::CompileCondition => ("LOAD_ERR_COMPILE_CONDITION", "Error compiling condition"),
            Self::CompileOutput => ("LOAD_ERR_COMPILE_OUTPUT", "Error compiling output"),
            Self::Validate => ("LOAD_ERR_VALIDATE", "Error validating rule/macro/list/exception objects"),
        }
    }
}

impl WarningCode {
    /// Falco's name and a few words.
    pub fn info(self) -> (&'static str, &'static str) {
        match self {
            Self::UnknownSource => ("LOAD_UNKNOWN_SOURCE", "Unknown event source"),
            Self::UnsafeNaCheck => ("LOAD_UNSAFE_NA_CHECK", "Unsafe <NA> comparison in condition"),
            Self::NoEvttype => ("LOAD_NO_EVTTYPE", "Condition has no event-type restriction"),
            Self::UnknownFilter => {
                ("LOAD_UNKNOWN_FILTER", "Unknown field or event-type in condition or output")
            }
            Self::UnusedMacro => ("LOAD_UNUSED_MACRO", "Unused macro"),
            Self::UnusedList => ("LOAD_UNUSED_LIST", "Unused list"),
            Self::UnknownItem => ("LOAD_UNKNOWN_ITEM", "Unknown rules file item"),
            Self::DeprecatedItem => ("LOAD_DEPRECATED_ITEM", "Used deprecated item"),
            Self::AppendNoValues => ("LOAD_APPEND_NO_VALUES", "Overriding/appending with no values"),
            Self::ExceptionNameNotUnique => {
                ("LOAD_EXCEPTION_NAME_NOT_UNIQUE", "Multiple exceptions defined with the same name")
            }
            Self::InvalidMacroName => ("LOAD_INVALID_MACRO_NAME", "Invalid macro name"),
            Self::InvalidListName => ("LOAD_INVALID_LIST_NAME", "Invalid list name"),
            Self::CompileCondition => ("LOAD_COMPILE_CONDITION", "Warning in rule condition"),
            Self::UnknownKey => ("LOAD_UNKNOWN_KEY", "Unknown key in item definition"),
        }
    }
}

/// How many of each there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lists.
    pub lists: usize,
    /// Macros.
    pub macros: usize,
    /// Rules.
    pub rules: usize,
}

/// What one file did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// Its name.
    pub name: String,
    /// What Falco's schema says of it.
    pub schema: Verdict,
    /// What it defines for the first time.
    pub defines: Counts,
    /// Whether it is one of Saker's own.
    pub own: bool,
}

impl fmt::Display for FileReport {
    /// `rules.yaml: 3 lists, 4 macros, 25 rules; schema ok`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { lists, macros, rules } = self.defines;
        write!(
            f,
            "{}: {lists} lists, {macros} macros, {rules} rules; schema {}",
            self.name,
            self.schema.name()
        )
    }
}

/// A place in a rules file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Name of the file.
    pub file: String,
    /// Line, from 1; 0 if nothing is known.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The line's text, or of a long line the stretch around the place.
    pub text: String,
    /// How many characters of the line stand before `text`.
    pub cut: usize,
    /// How many characters the trouble spans, at least 1.
    pub width: usize,
    /// What it belongs to, as in "rule `Terminal shell`".
    pub item: String,
}

impl fmt::Display for Place {
    /// `file:line:column`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 { write!(f, ":{}:{}", self.line, self.column) } else { Ok(()) }
    }
}

impl Place {
    /// The line with a caret under the trouble; two lines without a line end.
    pub fn snippet(&self) -> String {
        let before = self.column.saturating_sub(1).saturating_sub(self.cut);
        let before: String = self.text.chars().take(before).collect();
        let rest = self.text.chars().count().saturating_sub(before.chars().count());
        let blank: String = before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
        let carets = "^".repeat(self.width.clamp(1, rest.max(1)));
        format!("{}\n{blank}{carets}", self.text)
    }
}

/// A thing that a message is about, in Falco's words, from the file inwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// What it is: "rules content", "rule", "rule condition", "value for", …
    pub kind: &'static str,
    /// Its name, if it has one.
    pub name: String,
    /// Line, from 1; 0 if nothing is known.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// Why rules are not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadError {
    /// Falco's code.
    pub code: ErrorCode,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What to do about it, such as the nearest known name.
    pub hint: Option<String>,
    /// What it is about, from the file inwards.
    pub context: Vec<Location>,
}

/// Something odd about rules that are used all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadWarning {
    /// Falco's code.
    pub code: WarningCode,
    /// What is odd.
    pub message: String,
    /// Where.
    pub place: Place,
    /// What to do about it, such as the nearest known name.
    pub hint: Option<String>,
    /// The deprecated field, if it is about one.
    pub field: Option<&'static str>,
    /// What it is about, from the file inwards.
    pub context: Vec<Location>,
}

/// `file:line:column: CODE: item: message; hint`
fn line(
    f: &mut fmt::Formatter<'_>,
    place: &Place,
    code: &str,
    message: &str,
    hint: Option<&String>,
) -> fmt::Result {
    let item = if place.item.is_empty() { String::new() } else { format!("{}: ", place.item) };
    let message = message.trim_end();
    match hint {
        Some(hint) => write!(f, "{place}: {code}: {item}{}; {hint}", message.trim_end_matches('.')),
        None => write!(f, "{place}: {code}: {item}{message}"),
    }
}

impl fmt::Display for LoadError {
    /// `file:line:column: CODE: item: message; hint`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, &self.place, self.code.info().0, &self.message, self.hint.as_ref())
    }
}

impl fmt::Display for LoadWarning {
    /// `file:line:column: CODE: item: message; hint`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        line(f, &self.place, self.code.info().0, &self.message, self.hint.as_ref())
    }
}

impl std::error::Error for LoadError {}
