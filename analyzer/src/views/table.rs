//! What every view yields: a table.

/// How a column's values stand in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Align {
    /// Texts.
    #[default]
    Left,
    /// Numbers.
    Right,
}

/// A column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name, as machine-readable formats use it; people see it in upper case.
    pub name: &'static str,
    /// How values stand in it.
    pub align: Align,
}

/// A column of texts.
pub const fn text(name: &'static str) -> Column {
    Column { name, align: Align::Left }
}

/// A column of numbers.
pub const fn number(name: &'static str) -> Column {
    Column { name, align: Align::Right }
}

/// A value. Bytes of a capture stay bytes until a format escapes them for its medium.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing is known, or it does not apply.
    None,
    /// Text.
    Text(String),
    /// Bytes out of a capture, perhaps not UTF-8.
    Bytes(Vec<u8>),
    /// A whole number.
    Number(i128),
    /// A number with a fraction.
    Real(f64),
    /// A truth value.
    Flag(bool),
    /// Several values.
    List(Vec<Cell>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&[u8]> for Cell {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Number(number.into())
    }
}

impl From<u32> for Cell {
    fn from(number: u32) -> Self {
        Self::Number(number.into())
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::Number(number as i128)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Real(number)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::None, Into::into)
    }
}

impl<T: Into<Cell>> From<Vec<T>> for Cell {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

/// Whether a table lists things or describes one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// A row is a thing.
    #[default]
    Rows,
    /// A row is a property and its value; machine-readable formats make one object of all.
    Facts,
}

/// Rows under named columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Name, as machine-readable formats use it.
    pub name: &'static str,
    /// Heading for people; none where the columns say enough.
    pub title: Option<String>,
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows; each has a cell a column.
    pub rows: Vec<Vec<Cell>>,
    /// What a row is.
    pub shape: Shape,
    /// Whether columns are made wide enough for their longest words, where there is room: for names
    /// and places, which nobody reads broken.
    pub whole_words: bool,
}

impl Table {
    /// An empty table.
    pub fn new(name: &'static str, columns: &[Column]) -> Self {
        Self { name, columns: columns.to_vec(), ..Self::default() }
    }

    /// An empty table of properties.
    pub fn facts(name: &'static str) -> Self {
        Self { shape: Shape::Facts, ..Self::new(name, &[text("property"), text("value")]) }
    }

    /// The same with a heading.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// The same with columns as wide as their longest words, where there is room.
    #[must_use]
    pub fn whole_words(mut self) -> Self {
        self.whole_words = true;
        self
    }

    /// Appends a row.
    pub fn row<const N: usize>(&mut self, cells: [Cell; N]) {
        debug_assert_eq!(N, self.columns.len(), "a cell a column");
        self.rows.push(cells.into());
    }

    /// Appends a property.
    pub fn fact(&mut self, name: &str, value: impl Into<Cell>) {
        self.row([name.into(), value.into()]);
    }
}
