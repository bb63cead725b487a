//! Who plays, which part, and the arguments each process is started with: all that command and game have to agree on.

/// The server's name in the output and in its summary.
pub(super) const SERVER: &str = "server";
pub(super) const MAX_CLIENTS: u8 = 8;

const NAMES: [&str; MAX_CLIENTS as usize] = ["Ada", "Ben", "Cleo", "Dan", "Eva", "Finn", "Gia", "Hugo"];
/// Whom the parts that exist once go to, by their place in [`NAMES`].
const LEAVER: usize = 1;
const LATE: usize = 2;

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

impl Part {
    fn argument(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Leaver => "leaver",
            Self::Late => "late",
        }
    }
}

/// A client of the play.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) name: &'static str,
    pub(super) part: Part,
}

/// The first `clients` names with their parts.
pub(super) fn of(clients: u8) -> Vec<Client> {
    let part_of = |place| match place {
        LEAVER => Part::Leaver,
        LATE => Part::Late,
        _ => Part::First,
    };
    let named = NAMES.iter().take(clients.into()).enumerate();
    named.map(|(place, &name)| Client { name, part: part_of(place) }).collect()
}

/// The server's arguments: any free port, how many clients to expect over the whole play, and its bots.
pub(super) fn server_arguments(clients: usize, bots: u8) -> Vec<String> {
    vec!["--role=server".to_owned(), "--port=0".to_owned(), format!("--clients={clients}"), format!("--bots={bots}")]
}

impl Client {
    /// The client's arguments.
    pub(super) fn arguments(&self, port: u16) -> Vec<String> {
        vec![
            "--role=client".to_owned(),
            format!("--name={}", self.name),
            "--address=127.0.0.1".to_owned(),
            format!("--port={port}"),
            format!("--part={}", self.part.argument()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_played_and_only_staying_is_played_twice() {
        let parts = |clients| of(clients).iter().map(|client| client.part).collect::<Vec<_>>();
        assert_eq!(parts(3), [Part::First, Part::Leaver, Part::Late]);
        assert_eq!(parts(5), [Part::First, Part::Leaver, Part::Late, Part::First, Part::First]);
        assert_eq!(of(MAX_CLIENTS).len(), usize::from(MAX_CLIENTS));
    }

    #[test]
    fn arguments_are_the_ones_the_game_reads() {
        assert_eq!(server_arguments(3, 7), ["--role=server", "--port=0", "--clients=3", "--bots=7"]);
        assert_eq!(
            of(3)[2].arguments(4711),
            ["--role=client", "--name=Cleo", "--address=127.0.0.1", "--port=4711", "--part=late"]
        );
    }
}
