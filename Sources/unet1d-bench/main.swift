import ArgumentParser
import BenchKit
import Glibc

// A reader that goes away is no reason to die by a signal.
signal(SIGPIPE, SIG_IGN)
// Nor is a file that may not grow (ulimit -f): the write fails, and what was half-written is removed.
signal(SIGXFSZ, SIG_IGN)

do {
    var command = try UNet1DBench.parseAsRoot()
    try command.run()
} catch {
    if let code = error as? ExitCode { exit(code.rawValue) }
    if UNet1DBench.exitCode(for: error) == .success {
        // --help and --version.
        do {
            try Output.write(UNet1DBench.fullMessage(for: error) + "\n", to: nil)
            exit(0)
        } catch {
            Failure(error).report()
            exit(Failure.status)
        }
    }
    Failure(error).report()
    exit(Failure.status)
}
