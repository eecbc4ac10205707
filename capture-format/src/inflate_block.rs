//! Reads the wanted lanes of one block.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::block::{Block, Lane};
use crate::damage::{Damage, DamageKind};
use crate::dictionary::Dictionary;
use crate::directory::{DICTIONARIES, Directory, Section};
use crate::frame::{FrameHeader, limits};
use crate::schema::EventType;
use crate::serial;

/// A block on its way in.
pub(crate) struct Opening<'a> {
    pub(crate) offset: u64,
    pub(crate) header: &'a FrameHeader,
    pub(crate) payload: &'a [u8],
    pub(crate) directory: &'a Directory,
}

impl Opening<'_> {
    pub(crate) fn read(&self, wanted: &dyn Fn(EventType) -> bool) -> Block {
        let lanes = self.directory.lanes.iter().filter_map(|entry| {
            EventType::from_number(entry.number).filter(|&kind| wanted(kind)).map(|kind| (entry, kind))
        });
        let dictionaries: [Result<Dictionary, String>; DICTIONARIES] = std::array::from_fn(|position| {
            let needed = lanes.clone().any(|(entry, _)| entry.needs(position));
            if needed { self.dictionary(position) } else { Ok(Dictionary::default()) }
        });
        let mut bases = [0; DICTIONARIES];
        let mut entries: u32 = 0;
        for (base, count) in bases.iter_mut().zip(self.directory.entries) {
            *base = entries;
            entries = entries.saturating_add(count);
        }
        let mut damage = Vec::new();
        let missing: Vec<Option<String>> =
            dictionaries.iter().map(|dictionary| dictionary.as_ref().err().cloned()).collect();
        let dictionaries = dictionaries.map(Result::unwrap_or_default);
        // Each section is inflated once, so that all of them stay within the limit of a block.
        let mut inflated: BTreeMap<u16, Result<Arc<[u8]>, String>> = BTreeMap::new();
        let mut read = Vec::new();
        for (entry, event_type) in lanes {
            let unreadable = missing
                .iter()
                .enumerate()
                .find_map(|(position, why)| why.as_ref().filter(|_| entry.needs(position)).cloned());
            let lane = match unreadable {
                Some(why) => Err(why),
                None => {
                    let section = inflated
                        .entry(entry.section)
                        .or_insert_with(|| self.section(usize::from(entry.section)).map(Arc::from));
                    section.clone().and_then(|raw| {
                        Lane::decode(entry, event_type, &raw, &dictionaries).map_err(str::to_owned)
                    })
                }
            };
            match lane {
                Ok(lane) => read.push(lane),
                Err(why) => {
                    let mut lost = Damage::of_frame(DamageKind::Lane, self.offset, self.header).because(why);
                    lost.lane = Some(entry.number);
                    lost.events = Some(u64::from(entry.rows));
                    lost.numbers = Some((entry.first_number, entry.last_number));
                    damage.push(lost);
                }
            }
        }
        Block { lanes: read, dictionaries, bases, entries, damage }
    }

    fn dictionary(&self, position: usize) -> Result<Dictionary, String> {
        let entries = self.directory.entries.get(position).copied().unwrap_or(0);
        Dictionary::decode(self.section(position)?, entries)
            .ok_or_else(|| format!("dictionary {position} is malformed"))
    }

    /// Inflates a section after holding it against its checksum.
    fn section(&self, number: usize) -> Result<Vec<u8>, String> {
        let section = self.directory.sections.get(number).ok_or("its section does not exist")?;
        let Section { offset, stored_len, raw_len, crc } = *section;
        let stored = (offset as usize)
            .checked_add(stored_len as usize)
            .and_then(|end| self.payload.get(offset as usize..end))
            .ok_or_else(|| format!("section {number} lies outside the block"))?;
        if crc32c::crc32c(stored) != crc {
            return Err(format!("the checksum of section {number} does not match"));
        }
        serial::inflate(stored, raw_len, limits::BLOCK_RAW)
            .map_err(|error| format!("section {number}: {error}"))
    }
}
