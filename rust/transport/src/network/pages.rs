//! What a server answers beside WebSocket: a page for balancers, one for Prometheus, and to all else that WebSocket is spoken
//! here. Each is answered once, and then the connection ends.

use std::time::Instant;

use http::StatusCode;

use super::asking::Question;
use super::half::Stage;
use super::{Network, NetworkHalf, PeerKey, Report};
use crate::error::{CloseCause, RequestError};
use crate::wire::answer;
use crate::wire::request::{Asked, PageMethod, PageRequest};

/// What Prometheus's text format is sent as.
const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Which page there is.
enum Page {
    Health,
    Metrics,
}

impl<N: Network> NetworkHalf<N> {
    /// A request that asks for no upgrade.
    pub(super) fn show_page(&mut self, key: PeerKey, request: &PageRequest, now: Instant) {
        let Some(page) = self.page(&request.path) else {
            if let Some(slot) = self.slots.get_mut(key) {
                slot.connection.refuse(&RequestError::NotAnUpgrade, now, &mut self.events);
            }
            return;
        };
        // From here on it is no handshake, whatever becomes of it.
        if let Some(slot) = self.slots.get_mut(key) {
            slot.stage = Stage::Released;
            self.totals.serve_page();
        }
        match (page, request.method) {
            (_, PageMethod::Other) => {
                let response = answer::response(
                    StatusCode::METHOD_NOT_ALLOWED,
                    "Allow: GET, HEAD\r\n",
                    "GET is what this page takes",
                );
                self.respond(key, response, now);
            }
            (Page::Health, method) => {
                let drains = self.door.as_ref().is_some_and(|door| door.drains_until.is_some());
                let (status, words) =
                    if drains { (StatusCode::SERVICE_UNAVAILABLE, "draining\n") } else { (StatusCode::OK, "ok\n") };
                let page = answer::page(status, answer::PLAIN_TEXT, words, method == PageMethod::Head);
                self.respond(key, page, now);
            }
            (Page::Metrics, _) if self.may_ask() => {
                if let Some(slot) = self.slots.get_mut(key) {
                    slot.question = Some(Question::Metrics);
                }
                self.reports.push(Report::MetricsAsked { key });
            }
            (Page::Metrics, _) => {
                let busy = answer::response(StatusCode::SERVICE_UNAVAILABLE, "", &CloseCause::Undecided.to_string());
                self.respond(key, busy, now);
            }
        }
    }

    fn page(&self, path: &str) -> Option<Page> {
        self.door.as_ref()?;
        let reception = &self.settings.reception;
        if reception.health_path.as_ref().is_some_and(|page| page.is(path)) {
            Some(Page::Health)
        } else if reception.metrics_path.as_ref().is_some_and(|page| page.is(path)) {
            Some(Page::Metrics)
        } else {
            None
        }
    }

    /// The game's half has written the page with the statistics.
    pub(super) fn show(&mut self, key: PeerKey, page: &str, now: Instant) {
        self.dismiss();
        let Some(slot) = self.slots.get_mut(key) else { return };
        if slot.question.take() != Some(Question::Metrics) {
            return;
        }
        let is_head = matches!(slot.connection.request(), Some(Asked::Page(asked)) if asked.method == PageMethod::Head);
        self.respond(key, answer::page(StatusCode::OK, METRICS, page, is_head), now);
        self.settle(key, now);
    }

    fn respond(&mut self, key: PeerKey, response: bytes::Bytes, now: Instant) {
        if let Some(slot) = self.slots.get_mut(key) {
            // Nobody hears of the cause.
            slot.connection.refuse_with(response, CloseCause::Cut, now, &mut self.events);
        }
    }
}
