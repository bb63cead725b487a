//! What a browser plays: [`server`] hands out files, and [`game`] makes those of the demo game.

pub mod game;
pub mod server;
