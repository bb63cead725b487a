//! Which connection is meant.

use slotmap::{Key, KeyData, new_key_type};

new_key_type! {
    /// The name of one connection of one endpoint: the index of its place, and how often that place was given before (its
    /// generation). The place is given again; the name is not, so a stale one finds nobody.
    pub struct PeerKey;
}

impl PeerKey {
    /// As a number that no other connection of this endpoint has, and that is over [`u32::MAX`].
    pub(crate) fn to_number(self) -> u64 {
        self.data().as_ffi()
    }

    /// The key of such a number.
    pub(crate) fn from_number(number: u64) -> Self {
        KeyData::from_ffi(number).into()
    }
}

#[cfg(test)]
mod tests {
    use slotmap::SlotMap;

    use super::*;

    #[test]
    fn a_place_that_is_given_again_has_another_name() {
        let mut slots: SlotMap<PeerKey, &str> = SlotMap::with_key();
        let first = slots.insert("first");
        slots.remove(first);
        let second = slots.insert("second");
        assert_eq!(slots.get(first), None);
        assert_eq!(slots.get(PeerKey::from_number(second.to_number())), Some(&"second"));
        assert_eq!(first.to_number() & u64::from(u32::MAX), second.to_number() & u64::from(u32::MAX), "the same place");
        assert!(first.to_number() > u64::from(u32::MAX));
    }
}
