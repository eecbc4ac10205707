//! `saker`: replays captures through rules.

fn main() {}
