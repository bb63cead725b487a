//! Objects on other threads than the main thread, by Godot's own rule: any one thread, nobody else at the same time.

use integration_tests::{Class, Scenario};

scenario!(
    /// A whole life on a thread of the game's.
    life_on_a_thread,
    both,
    Scenario::solo("threads/life").option("on", "thread")
);

scenario!(
    /// A whole life in a task of the engine's.
    life_in_a_task,
    both,
    Scenario::solo("threads/life").option("on", "task")
);

scenario!(
    /// From the main thread to another in the middle of a frame, and back or to the end.
    handed_over,
    ours,
    Scenario::solo("threads/handed_over").incomparable("the built-in class queues nothing for the end of a frame")
);

scenario!(
    /// Loaded in the background.
    loaded,
    both,
    Scenario::solo("threads/loaded")
);

scenario!(
    /// In nodes that the engine processes on its threads.
    group,
    both,
    Scenario::solo("threads/group")
);

scenario!(
    /// Lines of the log that come from a thread.
    words,
    ours,
    Scenario::solo("threads/words")
        .incomparable("these are our words")
        .says_as(Class::Ours, "solo", "not connected, no packet can be put")
        .says_as(Class::Ours, "solo", "the URL has no valid host: 'no url'")
        .says_as(Class::Ours, "solo", "monitors can only be registered on the main thread")
        .says_as(Class::Ours, "solo", "the connection is not open, no message can be sent")
);
