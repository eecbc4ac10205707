//! A Sigma rule as its file has it.

use super::fields::Category;
use super::logic::Logic;
use super::refusal::{Reason, Refusal};
use crate::rules::Priority;
use crate::rules::yaml::{Data, Yaml};

type Result<T, E = Refusal> = std::result::Result<T, E>;

/// Longest text of one key that is kept for people.
const TEXT_MAX: usize = 8 << 10;
/// Most references, false positives, tags.
const LIST_MAX: usize = 100;

/// What a rule says of itself.
#[derive(Clone, Debug, Default)]
pub(super) struct About {
    pub(super) title: String,
    pub(super) id: Option<String>,
    pub(super) status: Option<String>,
    pub(super) description: Option<String>,
    pub(super) author: Option<String>,
    pub(super) references: Vec<String>,
    pub(super) false_positives: Vec<String>,
    pub(super) tags: Vec<String>,
    pub(super) level: Option<String>,
}

/// What the rule is about, as far as it concerns us.
pub(super) enum Scope {
    /// One of our categories.
    Ours(&'static Category),
    /// Another product, category or service: its name.
    Other(String),
}

fn shape<T>(value: &Yaml, text: impl Into<String>) -> Result<T> {
    Err(Refusal::at(value, Reason::Shape(text.into())))
}

/// A key's text; absent if it is missing or null. Of numbers and dates, as written.
fn text(document: &Yaml, key: &str) -> Option<String> {
    let text = document.get(key)?.scalar()?;
    let end = text.floor_char_boundary(TEXT_MAX);
    Some(text.get(..end).unwrap_or_default().trim().to_owned()).filter(|text| !text.is_empty())
}

/// A key's texts: of a sequence its elements, of a text that.
fn texts(document: &Yaml, key: &str) -> Vec<String> {
    let Some(value) = document.get(key) else { return Vec::new() };
    let items = value.sequence().unwrap_or(std::slice::from_ref(value));
    items.iter().filter_map(Yaml::scalar).take(LIST_MAX).map(|item| item.trim().to_owned()).collect()
}

impl About {
    /// Reads what `document` says of itself; everything may be missing.
    pub(super) fn read(document: &Yaml) -> Self {
        Self {
            title: text(document, "title").unwrap_or_default(),
            id: text(document, "id"),
            status: text(document, "status"),
            description: text(document, "description"),
            author: text(document, "author"),
            references: texts(document, "references"),
            false_positives: texts(document, "falsepositives"),
            tags: texts(document, "tags"),
            level: text(document, "level"),
        }
    }

    /// Sigma's level as a priority; a rule without one is of medium level.
    pub(super) fn priority(&self) -> Option<Priority> {
        Some(match self.level.as_deref().unwrap_or("medium").to_ascii_lowercase().as_str() {
            "informational" => Priority::Informational,
            "low" => Priority::Notice,
            "medium" => Priority::Warning,
            "high" => Priority::Error,
            "critical" => Priority::Critical,
            _ => return None,
        })
    }
}

/// Keys of documents that are something else than a rule about one event.
const OTHERS: &[(&str, &str)] = &[
    ("correlation", "a correlation speaks of several events"),
    ("action", "a document that stands for parts of others (`action`)"),
    ("filter", "a filter changes other rules"),
];

/// Refuses what is no rule about one event.
pub(super) fn kind(document: &Yaml) -> Result<()> {
    if !matches!(document.data, Data::Map(_)) {
        return shape(document, "no map of keys");
    }
    for (key, what) in OTHERS {
        if let Some(value) = document.get(key) {
            return Err(Refusal::at(value, Reason::Document(what)));
        }
    }
    Ok(())
}

/// What the rule is about.
pub(super) fn scope(document: &Yaml) -> Result<Scope> {
    let Some(source) = document.get("logsource") else { return shape(document, "`logsource` is missing") };
    let part = |key| text(source, key).map(|text| text.to_ascii_lowercase());
    let (product, category, service) = (part("product"), part("category"), part("service"));
    let ours = category.as_deref().and_then(Category::named);
    if let (Some(ours), None | Some("linux"), None) = (ours, product.as_deref(), &service) {
        return Ok(Scope::Ours(ours));
    }
    let words: Vec<String> = [product, category, service].into_iter().flatten().collect();
    Ok(Scope::Other(if words.is_empty() { "an unnamed log".into() } else { words.join(" ") }))
}

/// The searches by name and the condition about them.
pub(super) struct Detection<'d> {
    pub(super) searches: Vec<(&'d str, &'d Yaml)>,
    pub(super) condition: Logic,
    /// Where the condition stands.
    pub(super) place: &'d Yaml,
}

/// Reads `detection`.
pub(super) fn detection(document: &Yaml) -> Result<Detection<'_>> {
    let Some(detection) = document.get("detection") else { return shape(document, "`detection` is missing") };
    let Data::Map(entries) = &detection.data else { return shape(detection, "`detection` is no map") };
    let mut searches: Vec<(&str, &Yaml)> = Vec::new();
    let mut conditions = None;
    for (key, value) in entries {
        let Some(name) = key.scalar() else { return shape(key, "a search's name is no text") };
        match name {
            "condition" => conditions = Some(value),
            "timeframe" => {
                return Err(Refusal::at(key, Reason::Document("`timeframe` speaks of several events")));
            }
            name if searches.iter().any(|(known, _)| *known == name) => {
                return shape(key, format!("the search `{name}` stands there twice"));
            }
            name => searches.push((name, value)),
        }
    }
    let Some(place) = conditions else { return shape(detection, "`condition` is missing") };
    // Several conditions are several ways to match.
    let texts = place.sequence().unwrap_or(std::slice::from_ref(place));
    let mut ways = Vec::with_capacity(texts.len());
    for text in texts {
        let Some(condition) = text.scalar() else { return shape(text, "a condition is no text") };
        ways.push(Logic::parse(condition).map_err(|reason| Refusal::at(text, reason))?);
    }
    let condition = match ways.pop() {
        None => return shape(place, "`condition` is empty"),
        Some(only) if ways.is_empty() => only,
        Some(last) => {
            ways.push(last);
            Logic::Or(ways)
        }
    };
    Ok(Detection { searches, condition, place })
}
