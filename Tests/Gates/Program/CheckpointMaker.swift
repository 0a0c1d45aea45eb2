import ArgumentParser
import Checkpoint
import UNet1D

/// Saves a model of seeded weights for a folder's config.json.
struct CheckpointMaker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "Saves a model of seeded weights.")

    @Argument(help: "The folder with config.json.")
    var source: String
    @Argument(help: "The folder that is made.")
    var target: String
    @Argument(help: "The seed of the weights.")
    var seed: UInt64
    @Option(help: "The distributions of the weights: balanced or pytorch.")
    var initialisation = Initialisation.balanced.rawValue

    func run() throws {
        guard let initialisation = Initialisation(rawValue: initialisation) else {
            throw ValidationError("--initialisation: found \(initialisation), expected balanced or pytorch")
        }
        let configuration = try ModelDirectory(source).readConfiguration().network.configuration
        try UNet1DModel(configuration: configuration, seed: seed, initialisation: initialisation).save(to: target)
    }
}
