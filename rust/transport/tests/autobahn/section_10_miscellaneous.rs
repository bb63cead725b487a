//! 10: what fits nowhere else.

use super::case::{Case, run};
use super::frame::{Frame, TEXT};

#[test]
fn fragments_as_a_library_makes_them() {
    let payload = [b'*'; 65_536];
    let fragments = Frame::fragments(TEXT, &payload, 1300);
    run([Case::new("10.1.1").say_all(fragments).hear(Frame::text(payload))]);
}
