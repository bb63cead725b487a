//! Enums that belong to a class, as the engine's own classes have them.

/// An enum of a class: its Rust side, what registers it with the engine, and its part of the editor's help.
///
/// gdext 0.5 has no attribute for this. Its own attributes end in the same calls.
macro_rules! class_enum {
    (
        $(#[$meta:meta])*
        $class:ident . $name:ident { $($variant:ident = $value:literal, $godot_name:literal, $help:literal;)+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $name {
            $($variant = $value,)+
        }

        impl $name {
            const ENUMERATORS: &[godot::meta::shape::EnumeratorShape] = &[$(godot::meta::shape::EnumeratorShape::new_int($godot_name, $value),)+];

            pub(crate) fn register() {
                let enumerators = vec![$(godot::register::private::constant::IntegerConstant::new::<i64>($godot_name, $value),)+];
                let kind = godot::register::private::constant::ConstantKind::Enum { name: stringify!($name).into(), enumerators };
                godot::register::private::constant::ExportConstant::new(<$class as godot::obj::GodotClass>::class_id(), kind).register();
            }
        }

        impl godot::meta::GodotConvert for $name {
            type Via = i64;

            fn godot_shape() -> godot::meta::shape::GodotShape {
                godot::meta::shape::GodotShape::Enum {
                    variant_type: godot::builtin::VariantType::INT,
                    enumerators: std::borrow::Cow::Borrowed(Self::ENUMERATORS),
                    godot_name: Some(std::borrow::Cow::Borrowed(concat!(stringify!($class), ".", stringify!($name)))),
                    is_bitfield: false,
                }
            }
        }

        impl godot::meta::ToGodot for $name {
            type Pass = godot::meta::conv::ByValue;

            fn to_godot(&self) -> i64 {
                *self as i64
            }
        }

        godot::sys::shard_add!(godot::private::__GODOT_DOCS_REGISTRY; godot::private::DocsShard::new::<$class>(
            godot::private::DocsItem::InherentImpl(godot::private::InherentImplDocs {
                constants_xml: concat!($(
                    "<constant name=\"", $godot_name, "\" value=\"", $value, "\" enum=\"", stringify!($name), "\">",
                    $help,
                    "</constant>",
                )+),
                ..godot::private::InherentImplDocs::default()
            })
        ));
    };
}

pub(crate) use class_enum;
