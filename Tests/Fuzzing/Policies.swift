import Foundation

@testable import UNet1DSampling

/// The folder of a LeRobot policy: config.json, policy_preprocessor.json and the file of statistics that it names, with a zero
/// byte between them.
func fuzzPolicy(_ bytes: [UInt8]) {
    let parts = bytes.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    for (name, part) in zip(["config.json", "policy_preprocessor.json", "statistics.safetensors"], parts) {
        folder.hold(Array(part), as: name)
    }
    for name in ["policy_preprocessor.json", "statistics.safetensors"].suffix(3 - parts.count) {
        unlink("\(folder.path)/\(name)")
    }
    do {
        let read = try PolicyFolder(folder.path)
        check(read.scheduler.notes)
        require(read.scaling.action.count == read.policy.network.inputDim, "other actions than the network's")
    } catch {
        check(error)
    }
}

private let folder = InputFolder("policy")
