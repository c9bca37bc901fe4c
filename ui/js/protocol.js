// Made by `python -m ui.protocol` from the models of ui/protocol: change those, not this file.

/** The version of all messages. */
export const PROTOCOL = "5653e9281202";
