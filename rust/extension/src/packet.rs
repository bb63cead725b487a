//! Packets over the engine's raw pointers: lent on the way in, copied once on the way out.

#![expect(unsafe_code, reason = "the engine hands over places and packets as raw pointers")]

use bytes::Bytes;
use godot::meta::conv::RawPtr;

/// The packet whose address the engine holds. It reads through it after the call that gave it, and no longer than until
/// the next packet is asked for; closing a connection in between must not pull it away.
#[derive(Debug, Default)]
pub(crate) struct Lent(Bytes);

impl Lent {
    /// Tells the engine where the packet is, and keeps it there. An empty one is for when there is none.
    ///
    /// # Safety
    /// Both places are those of the engine's own call, valid to write to.
    pub(crate) unsafe fn lend(
        &mut self,
        packet: Bytes,
        r_buffer: RawPtr<*mut RawPtr<*const u8>>,
        r_buffer_size: RawPtr<*mut i32>,
    ) {
        let size = i32::try_from(packet.len()).unwrap_or(i32::MAX);
        let address = if packet.is_empty() { std::ptr::null() } else { packet.as_ptr() };
        self.0 = packet;
        // SAFETY: as the caller vouches. The engine reads the first only as far as the second says.
        unsafe {
            r_buffer.ptr().write(RawPtr::new(address));
            r_buffer_size.ptr().write(size);
        }
    }
}

/// The packet that the engine passes to be sent.
///
/// # Safety
/// Both are the arguments of the engine's own call, and the result does not outlive it.
pub(crate) unsafe fn passed<'a>(p_buffer: RawPtr<*const u8>, p_buffer_size: i32) -> &'a [u8] {
    let size = usize::try_from(p_buffer_size).unwrap_or(0);
    if size == 0 || p_buffer.ptr().is_null() {
        return &[];
    }
    // SAFETY: the engine's buffer has this size and lives as long as the call.
    unsafe { std::slice::from_raw_parts(p_buffer.ptr(), size) }
}
