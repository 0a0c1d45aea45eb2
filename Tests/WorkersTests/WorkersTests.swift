import Testing

/// Everything here starts threads and waits for them, so one test at a time.
@Suite(.serialized)
enum WorkersTests {}
