//! Getters and setters outside of a class's first `#[godot_api]` block.

/// Lets properties of a class have accessors in a secondary block. gdext 0.5 looks their names up as constants of a struct that
/// it makes beside the class, and adds only those of the first block.
macro_rules! accessors {
    ($names:ty: $($accessor:ident),+ $(,)?) => {
        #[expect(non_upper_case_globals, reason = "the constants have the names of functions")]
        impl $names {
            $(pub(super) const $accessor: &'static str = stringify!($accessor);)+
        }
    };
}

pub(crate) use accessors;
