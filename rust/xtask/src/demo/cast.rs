//! Who plays, which part, and the arguments each process is started with: all that command and game have to agree on.

/// The server's name in the output and in its summary.
pub(super) const SERVER: &str = "server";
pub(super) const MAX_CLIENTS: u8 = 8;

/// Those who can play, in the order in which they are asked.
pub(super) const CLIENTS: [Client; MAX_CLIENTS as usize] = [
    Client { name: "Ada", part: Part::First },
    Client { name: "Ben", part: Part::Leaver },
    Client { name: "Cleo", part: Part::Late },
    Client { name: "Dan", part: Part::First },
    Client { name: "Eva", part: Part::First },
    Client { name: "Finn", part: Part::First },
    Client { name: "Gia", part: Part::First },
    Client { name: "Hugo", part: Part::First },
];

/// A client of the play.
#[derive(Clone, Copy, Debug)]
pub(super) struct Client {
    pub(super) name: &'static str,
    pub(super) part: Part,
}

/// What a client does in the play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Joins at the start and stays.
    First,
    /// Joins at the start and leaves early.
    Leaver,
    /// Joins when the server gives the cue.
    Late,
}

/// The server's arguments: any free port, how many clients to expect over the whole play, and its bots.
pub(super) fn server_arguments(clients: usize, bots: u8) -> Vec<String> {
    vec!["--role=server".to_owned(), "--port=0".to_owned(), format!("--clients={clients}"), format!("--bots={bots}")]
}

impl Client {
    /// The client's arguments.
    pub(super) fn arguments(self, port: u16) -> Vec<String> {
        let part = match self.part {
            Part::First => "first",
            Part::Leaver => "leaver",
            Part::Late => "late",
        };
        vec![
            "--role=client".to_owned(),
            format!("--name={}", self.name),
            "--address=127.0.0.1".to_owned(),
            format!("--port={port}"),
            format!("--part={part}"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_the_ones_the_game_reads() {
        assert_eq!(server_arguments(3, 7), ["--role=server", "--port=0", "--clients=3", "--bots=7"]);
        assert_eq!(
            CLIENTS[2].arguments(4711),
            ["--role=client", "--name=Cleo", "--address=127.0.0.1", "--port=4711", "--part=late"]
        );
    }
}
