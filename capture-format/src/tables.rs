//! One table of names out of those of all snapshots and metadata frames.

use std::collections::BTreeMap;

use crate::snapshot::Tables;

/// Merges tables in file order: sorted, each thing once, the later word about it wins.
pub(crate) fn merge<'a>(parts: impl Iterator<Item = &'a Tables> + Clone) -> Tables {
    macro_rules! by_key {
        ($rows:ident, $row:ident => $key:expr) => {{
            let mut map = BTreeMap::new();
            for part in parts.clone() {
                for $row in &part.$rows {
                    map.insert($key, $row);
                }
            }
            map.into_values().cloned().collect()
        }};
    }
    Tables {
        cgroups: by_key!(cgroups, row => row.key),
        containers: by_key!(containers, row => &row.id),
        users: by_key!(users, row => (&row.container, row.uid, &row.name)),
        groups: by_key!(groups, row => (&row.container, row.gid, &row.name)),
        mounts: by_key!(mounts, row => (row.dev, &row.point)),
        interfaces: by_key!(interfaces, row => &row.name),
        names: by_key!(names, row => (&row.container, row.family, row.addr, &row.name, &row.source)),
    }
}
