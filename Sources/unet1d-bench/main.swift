import ArgumentParser
import BenchKit
import Glibc

// A reader that goes away is no reason to die by a signal.
signal(SIGPIPE, SIG_IGN)

do {
    var command = try UNet1DBench.parseAsRoot()
    try command.run()
} catch {
    if let code = error as? ExitCode { exit(code.rawValue) }
    if UNet1DBench.exitCode(for: error) == .success {
        // --help and --version.
        print(UNet1DBench.fullMessage(for: error))
        exit(0)
    }
    Failure(error).report()
    exit(Failure.status)
}
