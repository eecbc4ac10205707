//! Rules switched on and off one after the other, as the command line says it.

use clap::parser::ArgMatches;
use clap::{Arg, ArgAction, Args, Command, FromArgMatches};

use crate::rules::{Switch, Switched};

/// `--enable-rule`, `--disable-rule`, `--enable-tag`, `--disable-tag`, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Switches(pub Vec<Switch>);

/// Name, short name, whether it enables, what it names, help.
type Row = (&'static str, Option<char>, bool, fn(String) -> Switched, &'static str, &'static str);

static ROWS: &[Row] = &[
    (
        "enable-rule",
        None,
        true,
        Switched::Rule,
        "NAME",
        "Enable rules with this name; * stands for anything. These four repeat and apply in their \
         order: --disable-rule '*' --enable-tag network",
    ),
    (
        "disable-rule",
        Some('D'),
        false,
        Switched::Rule,
        "NAME",
        "Disable rules with this name; * stands for anything",
    ),
    ("enable-tag", None, true, Switched::Tag, "TAG", "Enable rules with this tag"),
    ("disable-tag", Some('T'), false, Switched::Tag, "TAG", "Disable rules with this tag"),
];

impl Args for Switches {
    fn augment_args(command: Command) -> Command {
        ROWS.iter().fold(command, |command, (name, short, _, _, value, help)| {
            let arg = Arg::new(*name).long(*name).value_name(*value).help(*help).action(ArgAction::Append);
            command.arg(short.map_or(arg.clone(), |short| arg.short(short)))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Switches {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut found: Vec<(usize, Switch)> = Vec::new();
        for (name, _, enable, what, ..) in ROWS {
            let values = matches.get_many::<String>(name).into_iter().flatten();
            let places = matches.indices_of(name).into_iter().flatten();
            let switch = |value: &String| Switch { enable: *enable, what: what(value.clone()) };
            found.extend(places.zip(values.map(switch)));
        }
        found.sort_by_key(|(place, _)| *place);
        Ok(Self(found.into_iter().map(|(_, switch)| switch).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn switches_keep_their_order() {
        let command = Switches::augment_args(Command::new("x"));
        let matches = command
            .try_get_matches_from([
                "x",
                "-D",
                "*",
                "--enable-tag",
                "a",
                "-T",
                "b",
                "--enable-rule",
                "c",
                "-D",
                "d",
            ])
            .unwrap();
        let shown: Vec<String> =
            Switches::from_arg_matches(&matches).unwrap().0.iter().map(|s| s.to_string()).collect();
        assert_eq!(
            shown,
            ["disable rule `*`", "enable tag `a`", "disable tag `b`", "enable rule `c`", "disable rule `d`"]
        );
    }
}
