//! Blocks as they are read: lanes, their rows, and the merge of lanes by event number.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::sync::Arc;

use crate::column::{Column, Refers};
use crate::damage::Damage;
use crate::dictionary::Dictionary;
use crate::directory::{DICTIONARIES, LaneEntry};
use crate::lanes::{HEAD_COLUMN, PARAM_COLUMN, refers};
use crate::param::{Bytes, Storage};
use crate::record::{HEAD_WORDS, Head, PARAMS_MAX, Row, word};
use crate::schema::{EventInfo, EventType};

/// What was read of a block: the lanes that were wanted.
#[derive(Clone, Debug)]
pub struct Block {
    pub(crate) lanes: Vec<Lane>,
    pub(crate) dictionaries: [Dictionary; DICTIONARIES],
    /// Number of entries in the dictionaries before each one, so that an entry has one number in
    /// the whole block.
    pub(crate) bases: [u32; DICTIONARIES],
    pub(crate) entries: u32,
    pub(crate) damage: Vec<Damage>,
}

/// The events of one type in a block.
#[derive(Clone, Debug)]
pub struct Lane {
    event_type: EventType,
    info: &'static EventInfo,
    rows: u32,
    columns: Vec<Column>,
    /// The inflated section the columns lie in.
    raw: Arc<[u8]>,
}

impl Block {
    /// Rows of all lanes that were read, in ascending event number.
    pub fn rows(&self) -> Rows<'_> {
        let heads = self.lanes.iter().enumerate().filter(|(_, lane)| lane.rows > 0);
        Rows {
            block: self,
            heads: heads.map(|(position, lane)| Reverse((lane.number(0), position, 0))).collect(),
            left: self.lanes.iter().map(|lane| lane.rows as usize).sum(),
        }
    }

    /// The lanes that were read, ascending by event type.
    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// Row `row` of the lane at `position` in [`Block::lanes`].
    pub fn row(&self, position: usize, row: u32) -> Option<RowRef<'_>> {
        let lane = self.lanes.get(position).filter(|lane| row < lane.rows)?;
        Some(RowRef { block: self, lane, row })
    }

    /// Lanes that were wanted but could not be read.
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// One more than the largest number [`RowRef::string_id`] and [`RowRef::descriptor_id`] can
    /// give for this block: a table with a place for every distinct value has this length.
    pub fn entries(&self) -> u32 {
        self.entries
    }

    /// The byte string with this number; `None` if there is none or its dictionary was not needed.
    pub fn entry(&self, id: u32) -> Option<Bytes<'_>> {
        self.bases
            .iter()
            .zip(&self.dictionaries)
            .find_map(|(&base, dictionary)| dictionary.get(id.checked_sub(base)?))
    }
}

impl Lane {
    /// Type of its events.
    pub fn event_type(&self) -> EventType {
        self.event_type
    }

    /// Number of its events.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Reads the lane `entry` from its inflated section; the error says what is wrong.
    pub(crate) fn decode(
        entry: &LaneEntry,
        event_type: EventType,
        raw: &Arc<[u8]>,
        dictionaries: &[Dictionary; DICTIONARIES],
    ) -> Result<Self, &'static str> {
        const SHORT: &str = "its columns are cut";
        let info = event_type.info();
        let end = (entry.offset as usize).saturating_add(entry.len as usize);
        let bytes = raw.get(..end).ok_or(SHORT)?;
        if usize::from(entry.columns) < PARAM_COLUMN {
            return Err("it has too few columns");
        }
        let rows = entry.rows as usize;
        let mut at = entry.offset as usize;
        let mut columns = Vec::with_capacity(PARAM_COLUMN + info.params.len());
        for index in 0..usize::from(entry.columns) {
            let (column, next) = Column::decode(bytes, at, rows).ok_or(SHORT)?;
            at = next;
            let param = index.checked_sub(PARAM_COLUMN);
            if param.is_some_and(|param| param >= info.params.len()) {
                // A parameter that a later version appended.
                continue;
            }
            columns.push(column);
        }
        if at != end {
            return Err("bytes are left over behind its columns");
        }
        let lane = Self { event_type, info, rows: entry.rows, columns, raw: raw.clone() };
        lane.check(entry, dictionaries)?;
        Ok(lane)
    }

    /// Checks what the rows promise: ascending numbers, and entries that exist.
    fn check(
        &self,
        entry: &LaneEntry,
        dictionaries: &[Dictionary; DICTIONARIES],
    ) -> Result<(), &'static str> {
        let mut before = None;
        for row in 0..self.rows as usize {
            let number = self.number(row);
            if before.is_some_and(|before| number <= before) {
                return Err("its event numbers do not ascend");
            }
            before = Some(number);
        }
        if self.number(0) != entry.first_number || before != Some(entry.last_number) {
            return Err("its event numbers are not those of the lane directory");
        }
        for (index, param) in self.info.params.iter().enumerate() {
            let Some(column) = self.columns.get(PARAM_COLUMN + index) else { break };
            let storage = param.kind.storage();
            let right = match storage {
                Storage::Word => column.refers == Refers::Values,
                // A state lane refers to the state strings; which lanes are state may change.
                Storage::Bytes | Storage::Descriptor => {
                    column.refers == refers(storage, true) || column.refers == refers(storage, false)
                }
            };
            if !right {
                return Err("a column does not hold what its parameter needs");
            }
            let Some(position) = column.refers.dictionary() else { continue };
            let entries = dictionaries.get(position).map_or(0, Dictionary::len);
            let dangling = |row: usize| {
                self.present(row) >> index & 1 == 1 && column.get(&self.raw, row) >= u64::from(entries)
            };
            if (0..self.rows as usize).any(dangling) {
                return Err("a row refers to a dictionary entry that does not exist");
            }
        }
        Ok(())
    }

    #[inline]
    fn column(&self, index: usize, row: usize) -> u64 {
        self.columns.get(index).map_or(0, |column| column.get(&self.raw, row))
    }

    #[inline]
    fn number(&self, row: usize) -> u64 {
        self.column(0, row)
    }

    #[inline]
    fn present(&self, row: usize) -> u64 {
        self.column(HEAD_COLUMN + word::PRESENT, row)
    }
}

/// An event of a block.
#[derive(Clone, Copy, Debug)]
pub struct RowRef<'a> {
    block: &'a Block,
    lane: &'a Lane,
    row: u32,
}

impl<'a> RowRef<'a> {
    /// `evt.num`: its place in the global order.
    #[inline]
    pub fn number(&self) -> u64 {
        self.lane.number(self.row as usize)
    }

    /// What kind of event it is.
    #[inline]
    pub fn event_type(&self) -> EventType {
        self.lane.event_type
    }

    /// Name, parameters and the rest of its type.
    #[inline]
    pub fn info(&self) -> &'static EventInfo {
        self.lane.info
    }

    /// When it happened, ns on the boot clock.
    #[inline]
    pub fn time_ns(&self) -> u64 {
        self.head_word(word::TIME)
    }

    /// Header word number `index` ([`word`]); [`word::TYPE_CPU_LEN`] holds the cpu only.
    #[inline]
    pub fn head_word(&self, index: usize) -> u64 {
        self.lane.column(HEAD_COLUMN + index, self.row as usize)
    }

    /// Mask of present parameters.
    #[inline]
    pub fn present(&self) -> u64 {
        self.lane.present(self.row as usize)
    }

    /// Number in this block of the byte string of parameter `param`, a parameter stored as bytes.
    /// Equal numbers are equal strings; see [`Block::entry`].
    #[inline]
    pub fn string_id(&self, param: usize) -> Option<u32> {
        self.id(param, Storage::Bytes)
    }

    /// As [`RowRef::string_id`], of a parameter stored as a descriptor.
    #[inline]
    pub fn descriptor_id(&self, param: usize) -> Option<u32> {
        self.id(param, Storage::Descriptor)
    }

    #[inline]
    fn id(&self, param: usize, storage: Storage) -> Option<u32> {
        let info = self.lane.info.params.get(param)?;
        if info.kind.storage() != storage {
            return None;
        }
        let (position, id) = self.reference(param)?;
        self.block.bases.get(position)?.checked_add(id)
    }

    #[inline]
    fn has(&self, param: usize) -> bool {
        param < PARAMS_MAX && self.present() >> param & 1 == 1
    }

    /// Dictionary and entry that parameter `param` refers to.
    #[inline]
    fn reference(&self, param: usize) -> Option<(usize, u32)> {
        if !self.has(param) {
            return None;
        }
        let column = self.lane.columns.get(PARAM_COLUMN + param)?;
        let position = column.refers.dictionary()?;
        Some((position, column.get(&self.lane.raw, self.row as usize) as u32))
    }
}

impl<'a> Row<'a> for RowRef<'a> {
    fn head(&self) -> Head {
        let mut words = [0; HEAD_WORDS];
        for (index, word) in words.iter_mut().enumerate() {
            *word = self.head_word(index);
        }
        words[word::TYPE_CPU_LEN] <<= 16;
        Head::from_words_of(self.lane.event_type, &words)
    }

    #[inline]
    fn word(&self, index: usize) -> Option<u64> {
        if !self.has(index) {
            return None;
        }
        let column = self.lane.columns.get(PARAM_COLUMN + index)?;
        (column.refers == Refers::Values).then(|| column.get(&self.lane.raw, self.row as usize))
    }

    #[inline]
    fn bytes(&self, index: usize) -> Option<Bytes<'a>> {
        let (position, id) = self.reference(index)?;
        self.block.dictionaries.get(position)?.get(id)
    }
}

/// Rows of a block in ascending event number.
#[derive(Clone, Debug)]
pub struct Rows<'a> {
    block: &'a Block,
    /// The next row of every lane that has one: number, position of the lane, row.
    heads: BinaryHeap<Reverse<(u64, usize, u32)>>,
    left: usize,
}

impl<'a> Iterator for Rows<'a> {
    type Item = RowRef<'a>;

    fn next(&mut self) -> Option<RowRef<'a>> {
        let mut head = self.heads.peek_mut()?;
        let Reverse((_, position, row)) = *head;
        let lane = self.block.lanes.get(position)?;
        if row + 1 < lane.rows {
            *head = Reverse((lane.number(row as usize + 1), position, row + 1));
        } else {
            PeekMut::pop(head);
        }
        self.left = self.left.saturating_sub(1);
        Some(RowRef { block: self.block, lane, row })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Rows<'_> {}
