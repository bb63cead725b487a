//! Unreliable messages grow old while they wait: they are dropped whole and counted, and all else arrives, in order.

use super::*;

const AGE: Duration = Duration::from_millis(100);

/// A pair whose pipe to the client takes as many bytes as the test says.
fn pair(capacity: usize, limits: Limits) -> Pair {
    let mut pair = Pair::open(&[usize::MAX], Limits { unreliable_max_age: Some(AGE), ..limits });
    pair.server.now = pair.now;
    pair.client.now = pair.now;
    pair.server.connection.socket_mut().outgoing.borrow_mut().capacity = capacity;
    pair
}

impl Pair {
    fn put(&mut self, payload: &[u8]) -> Result<(), SendError> {
        self.server.put(payload, Delivery::Unreliable { put_at: self.now })
    }

    fn expired(&self) -> usize {
        usize::try_from(self.server.connection.meter().expired.packets()).unwrap()
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
        self.server.turn(self.now, &self.handshake);
    }
}

#[test]
fn what_is_too_old_is_dropped_before_its_first_byte_leaves() {
    let mut pair = pair(150, Limits::default());
    // The first leaves, the second has begun to leave, the third waits.
    for letter in [b"a", b"b", b"c"] {
        pair.put(&letter.repeat(100)).unwrap();
        pair.server.send(letter).unwrap();
    }
    pair.server.connection.flush(pair.now, &mut Vec::new());
    pair.wait(AGE / 2);
    assert_eq!(pair.expired(), 0, "not yet");
    assert_eq!(pair.server.connection.deadline(), Some(pair.now + AGE / 2));
    pair.wait(AGE / 2);
    assert_eq!(pair.expired(), 1, "the one that has begun stays");
    assert_eq!(pair.server.connection.deadline(), None);
    pair.server.connection.socket_mut().outgoing.borrow_mut().capacity = usize::MAX;
    pair.run();
    let arrived: Vec<_> = pair.client.payloads().iter().map(|payload| (payload[0], payload.len())).collect();
    assert_eq!(arrived, [(b'a', 100), (b'a', 1), (b'b', 100), (b'b', 1), (b'c', 1)]);
    assert_eq!(pair.server.outgoing.queued_packets(pair.server.connection.meter()), 0);
}

#[test]
fn without_an_age_nothing_is_dropped_and_it_can_come_and_go() {
    let mut pair = pair(0, Limits::default());
    let limits = *pair.server.connection.limits;
    pair.server.connection.set_limits(Limits { unreliable_max_age: None, ..limits }, pair.now);
    pair.put(b"old").unwrap();
    pair.wait(AGE * 100);
    assert_eq!((pair.expired(), pair.server.connection.deadline()), (0, None));
    // It holds at once, for those that wait as well.
    pair.server.connection.set_limits(limits, pair.now);
    pair.wait(Duration::ZERO);
    assert_eq!(pair.expired(), 1);
}

#[test]
fn a_full_queue_makes_room_for_a_reliable_message() {
    let limits = Limits { outbound_buffer_size: 1000, max_queued_packets: 10, ..Limits::default() };
    let mut pair = pair(0, limits);
    for letter in b'a'..=b'h' {
        pair.put(&[letter; 120]).unwrap();
    }
    let full = |queued, limit| Err(SendError::Full { queued, limit });
    assert_eq!(pair.put(&[0; 120]), full(960, QueueLimit::Bytes), "unreliable ones have no such right");
    pair.server.send(&[b'1'; 200]).unwrap();
    assert_eq!(pair.expired(), 2, "no more than it takes");
    for letter in b"23456" {
        pair.server.send(&[*letter; 1]).unwrap();
    }
    assert_eq!(pair.expired(), 4, "now for the number of messages");
    assert_eq!(pair.server.send(&[b'7'; 900]), full(685, QueueLimit::Packets), "reliable ones are never dropped");
    pair.server.send(&[b'8'; 795]).unwrap();
    assert_eq!(pair.expired(), 8);
    pair.server.connection.socket_mut().outgoing.borrow_mut().capacity = usize::MAX;
    pair.run();
    let arrived: Vec<_> = pair.client.payloads().iter().map(|payload| payload[0]).collect();
    assert_eq!(arrived, b"1234568");
}

#[test]
fn a_close_waits_for_nothing_that_is_too_old() {
    let mut pair = pair(0, Limits::default());
    pair.put(b"old").unwrap();
    pair.server.close(1000, pair.now);
    pair.wait(AGE);
    assert_eq!(pair.expired(), 1);
    pair.server.connection.socket_mut().outgoing.borrow_mut().capacity = usize::MAX;
    pair.run();
    assert!(
        matches!(pair.client.closed, Some(CloseCause::ByPeer { code: Some(1000), .. })),
        "{:?}",
        pair.client.closed
    );
}

#[derive(Debug, Clone)]
enum Step {
    Put { size: usize, is_reliable: bool },
    Wait { milliseconds: u64, room: usize },
    Age { is_on: bool },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1..400_usize, any::<bool>()).prop_map(|(size, is_reliable)| Step::Put { size, is_reliable }),
        2 => (0..80_u64, 0..300_usize).prop_map(|(milliseconds, room)| Step::Wait { milliseconds, room }),
        1 => any::<bool>().prop_map(|is_on| Step::Age { is_on }),
    ]
}

proptest! {
    /// The client breaks off at the first byte that is out of place, so that no frame is ever torn is seen by its being open.
    #[test]
    fn whatever_happens_reliable_messages_arrive_and_all_are_counted(
        dice in proptest::collection::vec(0..200_usize, 1..8),
        limit in prop_oneof![Just(65_535_usize), Just(900)],
        steps in proptest::collection::vec(step(), 1..120),
    ) {
        let mut pair = pair(0, Limits { outbound_buffer_size: limit, max_queued_packets: 20, ..Limits::default() });
        pair.server.connection.socket_mut().dice = crate::stream::pipe::Dice::new(&[&dice[..], &[usize::MAX]].concat());
        let (mut put, mut number) = (Vec::new(), 0_u32);
        for step in steps {
            match step {
                Step::Put { size, is_reliable } => {
                    number += 1;
                    let mut payload = number.to_le_bytes().to_vec();
                    payload.resize(payload.len() + size, u8::from(is_reliable));
                    let sent = if is_reliable { pair.server.send(&payload) } else { pair.put(&payload) };
                    if sent.is_ok() {
                        put.push(payload);
                    }
                }
                Step::Wait { milliseconds, room } => {
                    pair.server.connection.socket_mut().outgoing.borrow_mut().capacity = room;
                    pair.wait(Duration::from_millis(milliseconds));
                    pair.client.turn(pair.now, &pair.handshake);
                }
                Step::Age { is_on } => {
                    let limits = Limits { unreliable_max_age: is_on.then_some(AGE), ..*pair.server.connection.limits };
                    pair.server.connection.set_limits(limits, pair.now);
                }
            }
            let meter = pair.server.connection.meter();
            // One that has begun to leave cannot make room.
            prop_assert!(pair.server.outgoing.queued_bytes(meter) <= limit + 404);
            prop_assert!(pair.server.outgoing.queued_packets(meter) <= 21);
        }
        pair.server.connection.socket_mut().outgoing.borrow_mut().capacity = usize::MAX;
        pair.run();
        let (meter, arrived) = (pair.server.connection.meter(), pair.client.payloads());
        prop_assert!(pair.client.connection.is_open());
        prop_assert_eq!(pair.server.outgoing.queued_packets(meter), 0);
        prop_assert_eq!(pair.server.outgoing.queued_bytes(meter), 0);
        prop_assert_eq!(put.len(), arrived.len() + pair.expired());
        // What arrived is what was put, in order, without some of the unreliable ones.
        let mut arrived = arrived.iter().peekable();
        for payload in &put {
            if arrived.peek() == Some(&payload) {
                arrived.next();
            } else {
                prop_assert_eq!(payload.last(), Some(&0), "a reliable message is missing, or out of order");
            }
        }
        prop_assert_eq!(arrived.next(), None);
    }
}
