import Foundation

/// Ends the process with a text unless a condition holds. Release builds leave out what `precondition` would say.
func require(_ condition: Bool, _ text: @autoclosure () -> String) {
    if !condition { fatalError(text()) }
}

/// What every error must say: one line of no great length.
func check(_ error: some Error) { check(["\(error)"]) }

/// What every note must say.
func check(_ notes: [String]) {
    for note in notes { require(!note.isEmpty && note.utf8.count < 4096 && !note.utf8.contains(0x0A), note) }
}

/// What this process has had of the processor's time.
var processorSeconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
}
