//! Messages on their way out, compressed for those with whom that is agreed: once for all of them, where the sockets are.

use std::time::Instant;

use super::{Network, NetworkHalf, PeerKey};
use crate::connection::Frame;
use crate::fault::{Fault, is_planted};
use crate::wire::deflate::WindowBits;

/// One message in the forms that were asked for.
#[derive(Debug, Default)]
struct Forms {
    /// Compressed, for one window each; `None` where it would not be smaller. Hardly ever more than one.
    compressed: Vec<(WindowBits, Option<Frame>)>,
}

impl<N: Network> NetworkHalf<N> {
    /// Sends one message on each of these connections. It is compressed once for each window that was agreed on, which is one
    /// as a rule.
    pub fn send(&mut self, to: &[PeerKey], frame: Frame, now: Instant) {
        let Some((last, others)) = to.split_last() else { return };
        let mut forms = Forms::default();
        for key in others {
            let form = self.compress(*key, &frame, &mut forms);
            self.send_to(*key, form.unwrap_or_else(|| frame.clone()), now);
        }
        let form = self.compress(*last, &frame, &mut forms);
        self.send_to(*last, form.unwrap_or(frame), now);
    }

    /// The compressed form of a message for one connection, if it gets it so.
    fn compress(&mut self, key: PeerKey, frame: &Frame, forms: &mut Forms) -> Option<Frame> {
        if frame.payload_size() < self.settings.handshake.compression.threshold.max(1) {
            return None;
        }
        let agreed = self.slots.get(key)?.connection.window();
        let unasked =
            forms.compressed.first().filter(|_| is_planted(Fault::CompressedUnasked)).map(|(window, _)| *window);
        let window = agreed.or(unasked)?;
        let made = forms.compressed.iter().find(|(other, _)| *other == window).map(|(_, form)| form.clone());
        let form = made.unwrap_or_else(|| {
            let form = self.deflate(frame, window);
            forms.compressed.push((window, form.clone()));
            form
        })?;
        self.totals.compression.compress(frame.payload_size(), form.framed_payload().len());
        Some(form)
    }

    fn deflate(&mut self, frame: &Frame, window: WindowBits) -> Option<Frame> {
        let clock = self.network.clock();
        let began = clock.now();
        let level = self.settings.handshake.compression.level;
        let form = self.deflater.deflate(frame.framed_payload(), window, level).map(|made| frame.compressed(made));
        self.totals.compression.spend(clock.now().saturating_duration_since(began));
        form
    }
}
