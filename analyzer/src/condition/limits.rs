//! How large things may get that come from conditions and rules, which may be anybody's.

/// Limits of conditions, outputs and rules files. The defaults are far beyond what rules need; what
/// evaluates conditions of strangers may want less. More depth needs more stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How deep the parser of conditions recurses: Falco's limit for rules. A pair of parentheses
    /// costs five.
    pub depth: u32,
    /// How deep a condition may be once its macros are expanded.
    pub tree: u32,
    /// How many nodes a condition may have once its macros are expanded.
    pub nodes: usize,
    /// How many bytes a condition may have once its lists are substituted.
    pub text: usize,
    /// How many bytes all conditions may have together then: a long list may stand in many of them,
    /// and a byte costs about a hundred in memory.
    pub texts: usize,
    /// How many bytes a compiled regular expression may take.
    pub regex: usize,
    /// How wide a field can be made in an output, in characters.
    pub width: usize,
    /// How many bytes a rules file may have.
    pub file: usize,
    /// How deep a rules file may nest; rules need six levels.
    pub yaml: usize,
}

impl Limits {
    /// The limits unless others are asked for.
    pub const DEFAULT: Self = Self {
        depth: 1000,
        tree: 500,
        nodes: 200_000,
        text: 4 << 20,
        texts: 16 << 20,
        regex: 4 << 20,
        width: 10_000,
        file: 16 << 20,
        yaml: 64,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
