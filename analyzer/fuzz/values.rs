//! Values of fields made of the fuzzer's bytes.

use analyzer::condition::is_signed;
use analyzer::fields::{Argument, Extract, Field, Multi, Type, Value};

/// The event of every moment.
pub const EVENT: &str = "open";

/// A moment whose every field has a value cut from some bytes, or none.
pub struct Bytes<'a>(pub &'a [u8]);

impl Bytes<'_> {
    /// The same field always has the same value; different fields mostly differ.
    fn cut(&self, field: &Field, argument: &Argument) -> &[u8] {
        let seed = match argument {
            Argument::None => 0,
            Argument::Index(index) => *index as usize,
            Argument::Key(key) => key.len(),
        };
        let start = (field.name.len() * 7 + seed) % (self.0.len() + 1);
        self.0.get(start..).unwrap_or_default()
    }

    fn one<'v>(ty: Type, bytes: &'v [u8]) -> Value<'v> {
        let mut word = [0; 8];
        word.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        let word = u64::from_le_bytes(word);
        match ty {
            Type::Bool => Value::Bool(word & 1 == 1),
            Type::Double => Value::Double(f64::from_bits(word)),
            Type::Addr | Type::Net => match bytes.first_chunk::<16>() {
                Some(six) => Value::Addr((*six).into()),
                None => Value::Addr((word as u32).to_be_bytes().into()),
            },
            Type::Text | Type::Path | Type::RelPath | Type::Bytes | Type::Dyn => Value::bytes(bytes),
            ty if is_signed(ty) => Value::Number(word as i32 as u64),
            _ => Value::Number(word),
        }
    }
}

impl Extract for Bytes<'_> {
    fn extract(&self, field: &'static Field, argument: &Argument) -> Option<Value<'_>> {
        match field.name {
            "evt.type" | "syscall.type" => return Some(Value::bytes(EVENT.as_bytes())),
            "evt.num" => return Some(Value::Number(1 + self.0.len() as u64)),
            _ => {}
        }
        let bytes = self.cut(field, argument);
        let (first, rest) = bytes.split_first()?;
        match (first % 4, field.multi) {
            (0, _) => None,
            (_, Multi::One) => Some(Self::one(field.ty, rest)),
            (_, _) => Some(Value::List(
                rest.split(|byte| *byte == b' ').map(|part| Self::one(field.ty, part)).collect(),
            )),
        }
    }

    fn event_name(&self) -> &str {
        EVENT
    }
}
