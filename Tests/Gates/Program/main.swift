import ArgumentParser
import Foundation

do {
    var command = try Gates.parseAsRoot()
    try command.run()
} catch {
    if let code = error as? ExitCode { exit(code.rawValue) }
    if Gates.exitCode(for: error) == .success {
        // --help.
        print(Gates.fullMessage(for: error))
    } else {
        stop(Gates.fullMessage(for: error))
    }
}
