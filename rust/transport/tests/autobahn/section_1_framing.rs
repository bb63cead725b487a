//! 1: messages of every length at which the header changes its form.

use super::case::{Case, run};
use super::frame::{BINARY, Frame, TEXT};
use super::peer::Chops;

const LENGTHS: [usize; 7] = [0, 125, 126, 127, 128, 65_535, 65_536];

fn cases(section: &str, opcode: u8) -> Vec<Case> {
    let echo =
        |index: usize, length| Case::new(format!("{section}.{index}")).echo(Frame::new(opcode, vec![b'*'; length]));
    let mut cases: Vec<Case> = LENGTHS.into_iter().enumerate().map(|(index, length)| echo(index + 1, length)).collect();
    cases.push(echo(8, 65_536).chopped(Chops::Bytes(997)));
    cases
}

#[test]
fn text() {
    run(cases("1.1", TEXT));
}

#[test]
fn binary() {
    run(cases("1.2", BINARY));
}
