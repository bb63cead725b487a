//! Trials in turns, so that whatever else the machine does meets both classes alike, and their medians.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use rust_websocket_engine::progress::Progress;

use super::build::Programs;
use super::plot::{Line, Plot};
use super::threads::THREAD_WORK;
use super::trial::{self, EndsWith, Measures};
use super::work::{Floor, WORK, Work};
use super::{BUILTIN, OURS, Options};

/// What came of one line of [`WORK`].
#[derive(Debug)]
pub(super) struct Row {
    pub(super) work: &'static Work,
    pub(super) ours: f64,
    pub(super) builtin: Option<Outcome>,
    pub(super) floor: Option<f64>,
}

/// What the built-in class made of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Outcome {
    /// It got there.
    Done(f64),
    /// It did not: so many of so many clients got in.
    Incomplete { joined: f64, of: f64 },
}

/// What came of one line of [`THREAD_WORK`]: with the built-in class, if it can do it, and with ours, in place and with
/// `network_thread`.
#[derive(Debug)]
pub(super) struct ThreadRow {
    pub(super) work: &'static Work,
    pub(super) values: [Option<f64>; 3],
}

/// Whose server is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Server {
    Builtin,
    InPlace,
    NetworkThread,
}

/// What came of one server without an engine.
#[derive(Debug)]
pub(super) struct TransportRow {
    pub(super) work: &'static str,
    /// By the servers of [`SERVERS`], messages per second.
    pub(super) rates: Vec<f64>,
}

/// The servers that the transport stands beside: a name for people, the program, and what its clients speak.
pub(super) const SERVERS: [(&str, &str, &str); 4] = [
    ("this transport", "examples/packet_echo_server", "multiplayer"),
    ("fastwebsockets", "fastwebsockets_echo", "websocket"),
    ("tokio-tungstenite", "tokio_tungstenite_echo", "websocket"),
    ("bare TCP", "bare_server", "bare"),
];

/// What they do: a name, the clients, how many messages are in flight, and their size.
const TRANSPORT_WORK: [(&str, usize, usize, usize); 4] = [
    ("echo, 16 peers, 32 in flight, 64 B", 16, 32, 64),
    ("echo, 16 peers, 1 in flight, 64 B", 16, 1, 64),
    ("echo, 500 peers, 1 in flight, 64 B", 500, 1, 64),
    ("echo, 16 peers, 8 in flight, 4 KiB", 16, 8, 4096),
];

/// The benchmark under way.
pub(super) struct Series<'a> {
    programs: Programs,
    options: &'a Options,
    /// The trial that was run last, and what it gave: some of the work differs only in what is read off it.
    last: Option<(String, Vec<Measures>)>,
}

impl<'a> Series<'a> {
    pub(super) fn new(programs: Programs, options: &'a Options) -> Self {
        Self { programs, options, last: None }
    }

    pub(super) fn is_quick(&self) -> bool {
        self.options.quick
    }

    fn runs(&self) -> usize {
        if self.options.quick { 1 } else { 3 }
    }

    fn seconds(&self) -> &'static str {
        if self.options.quick { "0.7" } else { "2" }
    }

    /// How long a crowd that arrives at once waits to be let in, in seconds.
    fn patience(&self) -> &'static str {
        if self.options.quick { "3" } else { "10" }
    }

    pub(super) fn is_wanted(&self, name: &str) -> bool {
        self.options.only.as_ref().is_none_or(|only| name.contains(only.as_str()))
    }

    /// The work of [`WORK`], by both classes.
    pub(super) fn engine_rows(&mut self) -> Result<Vec<Row>> {
        let wanted: Vec<_> = WORK.iter().filter(|work| self.is_wanted(work.name)).collect();
        let mut progress = Progress::with_total("measuring both classes", wanted.len() as u64);
        let mut rows = Vec::new();
        for work in wanted {
            rows.push(self.engine_row(work).with_context(|| work.name)?);
            progress.advance(1);
        }
        progress.finish();
        Ok(rows)
    }

    fn engine_row(&mut self, work: &'static Work) -> Result<Row> {
        let runs = self.runs();
        let key = format!("{} {:?} {}", work.script, work.server, work.load);
        let (mut ours, mut builtin) = (Vec::new(), Vec::new());
        match self.last.take() {
            Some((last, measures)) if last == key => ours = measures,
            _ => {
                for _ in 0..runs {
                    ours.push(self.trial(work, Server::InPlace)?);
                    if work.is_comparable {
                        builtin.push(self.trial(work, Server::Builtin)?);
                    }
                }
            }
        }
        let floor = self.floor(work)?;
        let row = Row {
            work,
            ours: median_of(&ours, work.measure)?,
            builtin: if builtin.is_empty() { None } else { Some(outcome(&builtin, work.measure)?) },
            floor,
        };
        self.last = Some((key, ours));
        Ok(row)
    }

    /// What the game's thread has to do, by the built-in class and by both modes of ours.
    pub(super) fn thread_rows(&self) -> Result<Vec<ThreadRow>> {
        let wanted: Vec<_> = THREAD_WORK.iter().filter(|work| self.is_wanted(work.name)).collect();
        let mut progress = Progress::with_total("measuring the game's thread", wanted.len() as u64);
        let mut rows = Vec::new();
        for work in wanted {
            rows.push(self.thread_row(work).with_context(|| work.name)?);
            progress.advance(1);
        }
        progress.finish();
        Ok(rows)
    }

    fn thread_row(&self, work: &'static Work) -> Result<ThreadRow> {
        let servers = [Server::Builtin, Server::InPlace, Server::NetworkThread];
        let mut measures = servers.map(|_| Vec::new());
        for _ in 0..self.runs() {
            for (server, measures) in servers.into_iter().zip(&mut measures) {
                if work.is_comparable || server != Server::Builtin {
                    measures.push(self.trial(work, server)?);
                }
            }
        }
        let median =
            |measures: &Vec<Measures>| (!measures.is_empty()).then(|| median_of(measures, work.measure)).transpose();
        let [builtin, in_place, network_thread] = &measures;
        let [builtin, in_place, network_thread] = [median(builtin)?, median(in_place)?, median(network_thread)?];
        Ok(ThreadRow { work, values: [builtin, in_place, network_thread] })
    }

    /// One server, under the load of this work.
    fn trial(&self, work: &Work, server: Server) -> Result<Measures> {
        let mut arguments: Vec<String> = work.server.iter().map(|(key, value)| format!("--{key}={value}")).collect();
        if self.options.quick && matches!(work.script, "broadcast" | "poll_cost") {
            arguments.push("--frames=20".to_owned());
        }
        arguments.push(format!("--workload={}", work.script));
        let class = if server == Server::Builtin { BUILTIN } else { OURS };
        arguments.push(format!("--class={class}"));
        if server == Server::NetworkThread {
            arguments.push("--network_thread=yes".to_owned());
        }
        if work.tls {
            arguments.push(format!("--key={}", self.programs.key.display()));
            arguments.push(format!("--certificate={}", self.programs.certificate.display()));
        }
        let load = work.load.replace("{time}", self.seconds()).replace("{patience}", self.patience());
        let has_load = !load.is_empty();
        trial::run(self.engine(&arguments)?, |port| has_load.then(|| self.load(port, &load)), work.ends_with)
            .with_context(|| class.to_owned())
    }

    pub(super) fn engine(&self, arguments: &[String]) -> Result<Command> {
        let mut command = Command::new(&self.programs.engine);
        command.args(["--headless", "--path"]).arg(&self.programs.project).arg("--");
        if self.options.quick {
            command.arg("--settle=12");
        }
        // The built-in class does not say which port it was given.
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        command.args(arguments).arg(format!("--port={port}"));
        Ok(command)
    }

    pub(super) fn load(&self, port: &str, arguments: &str) -> Command {
        let mut command = Command::new(self.programs.path("load"));
        command.arg("--port").arg(port).args(arguments.split_whitespace());
        command
    }

    fn floor(&self, work: &Work) -> Result<Option<f64>> {
        let mut values = Vec::new();
        for _ in 0..self.runs() {
            values.push(match work.floor {
                Floor::None => return Ok(None),
                Floor::Echo { size } => self.echo_floor(work, size)?,
                Floor::Writes { bytes } => self.write_floor(bytes)?,
            });
        }
        Ok(Some(median(&mut values)))
    }

    /// What could be reached if nothing stood between the engine and TCP: for each message, the time of the engine's
    /// loop and the time of a bare echo.
    fn echo_floor(&self, work: &Work, size: usize) -> Result<f64> {
        let arguments = ["--workload=engine_loop".to_owned(), format!("--size={size}")];
        let engine = trial::run(self.engine(&arguments)?, |_| None, EndsWith::Server)?;
        let load = work.load.replace("{time}", self.seconds());
        let mut bare = Command::new(self.programs.path("bare_server"));
        bare.arg("echo");
        let bare = trial::run(bare, |port| Some(self.load(port, &format!("--protocol bare {load}"))), EndsWith::Load)?;
        let (engine, bare) = (value(&engine, "messages_per_second")?, value(&bare, "messages_per_second")?);
        Ok(1.0 / (1.0 / engine + 1.0 / bare))
    }

    fn write_floor(&self, bytes: usize) -> Result<f64> {
        let mut server = Command::new(self.programs.path("bare_server"));
        server.args(["broadcast", "--peers", "1000", "--size", &bytes.to_string()]);
        let load = "--protocol bare --peers 1000 presence";
        let measures = trial::run(server, |port| Some(self.load(port, load)), EndsWith::Server)?;
        value(&measures, "tick_us")
    }

    /// The transport beside other libraries, each server on one core and the load on another.
    pub(super) fn transport_rows(&self) -> Result<Vec<TransportRow>> {
        let work = if self.options.quick { TRANSPORT_WORK.get(..1).unwrap_or_default() } else { &TRANSPORT_WORK };
        let wanted: Vec<_> = work.iter().filter(|(name, ..)| self.is_wanted(name)).collect();
        let mut progress = Progress::with_total("measuring transports", wanted.len() as u64);
        let mut rows = Vec::new();
        for &&(name, peers, in_flight, size) in &wanted {
            let mut rates = vec![Vec::new(); SERVERS.len()];
            for _ in 0..self.runs() {
                for ((_, program, protocol), rates) in SERVERS.iter().zip(&mut rates) {
                    let mut server = on_core(0, self.programs.path(program));
                    if *protocol == "bare" {
                        server.arg("echo");
                    }
                    let load = |port: &str| {
                        let mut load = on_core(1, self.programs.path("load"));
                        let seconds = self.seconds();
                        load.args(["--port", port, "--protocol", protocol, "--seconds", seconds]);
                        load.args(["--peers", &peers.to_string(), "--size", &size.to_string()]);
                        load.args(["echo", "--in-flight", &in_flight.to_string()]);
                        Some(load)
                    };
                    rates.push(value(&trial::run(server, load, EndsWith::Load)?, "messages_per_second")?);
                }
            }
            rows.push(TransportRow { work: name, rates: rates.iter_mut().map(|rates| median(rates)).collect() });
            progress.advance(1);
        }
        progress.finish();
        Ok(rows)
    }

    /// How the costs grow.
    pub(super) fn plots(&self) -> Result<Vec<Plot>> {
        if self.options.only.is_some() {
            return Ok(Vec::new());
        }
        let crowds: &[u32] = if self.options.quick { &[10, 300] } else { &[10, 100, 300, 1000, 3000] };
        let sizes: &[u32] = if self.options.quick { &[16, 4096] } else { &[16, 64, 256, 1024, 4096, 16_384] };
        let frames = if self.options.quick { 20 } else { 60 };
        let mut progress = Progress::with_total("measuring how costs grow", 3);
        let mut plots = Vec::new();
        plots.push(Plot {
            file: "poll_cost.svg",
            title: "Cost of one poll with silent peers, 60 Hz",
            horizontal: "peers",
            vertical: "microseconds",
            falls: false,
            lines: self.growth(crowds, |peers| Growing {
                script: "poll_cost",
                server: format!("--peers={peers} --frames={frames}"),
                load: format!("--peers {peers} presence"),
                ends_with: EndsWith::Server,
                measure: "poll_us",
            })?,
        });
        progress.advance(1);
        plots.push(Plot {
            file: "broadcast_cost.svg",
            title: "Cost of a broadcast of 10 packets of 100 bytes",
            horizontal: "peers",
            vertical: "microseconds",
            falls: false,
            lines: self.growth(crowds, |peers| Growing {
                script: "broadcast",
                server: format!("--peers={peers} --packets=10 --size=100 --frames={frames}"),
                load: format!("--peers {peers} presence"),
                ends_with: EndsWith::Server,
                measure: "tick_us",
            })?,
        });
        progress.advance(1);
        plots.push(Plot {
            file: "echo_throughput.svg",
            title: "Echo of 16 peers, 32 packets in flight each",
            horizontal: "bytes per packet",
            vertical: "packets per second",
            falls: true,
            lines: self.growth(sizes, |size| Growing {
                script: "busy_echo",
                server: String::new(),
                load: format!("--peers 16 --size {size} --seconds {} echo --in-flight 32", self.seconds()),
                ends_with: EndsWith::Load,
                measure: "messages_per_second",
            })?,
        });
        progress.advance(1);
        progress.finish();
        Ok(plots)
    }

    fn growth(&self, points: &[u32], make: impl Fn(u32) -> Growing) -> Result<Vec<Line>> {
        let runs = self.runs();
        let mut lines = [(OURS, Vec::new()), (BUILTIN, Vec::new())];
        for &point in points {
            let mut values = [Vec::new(), Vec::new()];
            let growing = make(point);
            for _ in 0..runs {
                for ((class, _), values) in lines.iter().zip(&mut values) {
                    let mut arguments: Vec<String> = growing.server.split_whitespace().map(str::to_owned).collect();
                    arguments.extend([format!("--workload={}", growing.script), format!("--class={class}")]);
                    let load = |port: &str| Some(self.load(port, &growing.load));
                    values
                        .push(value(&trial::run(self.engine(&arguments)?, load, growing.ends_with)?, growing.measure)?);
                }
            }
            for ((_, line), values) in lines.iter_mut().zip(&mut values) {
                line.push((f64::from(point), median(values)));
            }
        }
        Ok(lines.into_iter().map(|(name, points)| Line { name: name.to_owned(), points }).collect())
    }
}

/// One point of a plot.
struct Growing {
    script: &'static str,
    server: String,
    load: String,
    ends_with: EndsWith,
    measure: &'static str,
}

/// A program on one core, where the system can say so.
fn on_core(core: usize, program: PathBuf) -> Command {
    if which::which("taskset").is_ok() {
        let mut command = Command::new("taskset");
        command.arg("-c").arg(core.to_string()).arg(program);
        command
    } else {
        Command::new(program)
    }
}

pub(super) fn value(measures: &Measures, name: &str) -> Result<f64> {
    measures.get(name).copied().with_context(|| format!("nothing was measured as {name}"))
}

fn median_of(measures: &[Measures], name: &str) -> Result<f64> {
    let mut values = measures.iter().map(|measures| value(measures, name)).collect::<Result<Vec<_>>>()?;
    Ok(median(&mut values))
}

/// For the built-in class, which may not get there at all.
fn outcome(measures: &[Measures], name: &str) -> Result<Outcome> {
    let stopped = measures.iter().find_map(|measures| {
        let joined = measures.get("joined").copied()?;
        (joined < ARRIVALS).then_some(Outcome::Incomplete { joined, of: ARRIVALS })
    });
    match stopped {
        Some(stopped) => Ok(stopped),
        None => median_of(measures, name).map(Outcome::Done),
    }
}

/// How many clients arrive at once in the load of [`WORK`].
const ARRIVALS: f64 = 1000.0;

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
