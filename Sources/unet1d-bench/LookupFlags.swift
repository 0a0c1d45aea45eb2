import ArgumentParser
import BenchKit
import Checkpoint

/// What names a model, in words.
let whatAModelIs = "A folder, a repository in the hub's cache, or a file of weights"

/// Which commit and folder of a repository.
struct RevisionFlags: ParsableArguments {
    @Option(help: .setting(\.revision)) var revision: String?
    @Option(help: .setting(\.subfolder)) var subfolder: String?

    func validate() throws {
        for (name, value) in [("revision", revision), ("subfolder", subfolder)] where value == "" {
            throw ValidationError("--\(name) '': expected a name; leave the flag out for the default")
        }
    }
}

/// Where the configuration of a single file of weights is.
struct ConfigFlags: ParsableArguments {
    @Option(help: .setting(\.config)) var config: String?

    func validate() throws {
        if config == "" { throw ValidationError("--config '': expected a name; leave the flag out for the default") }
    }
}

/// Which of several weights.
struct VariantFlags: ParsableArguments {
    @Option(help: .setting(\.variant)) var variant: String?

    func validate() throws {
        if variant == "" { throw ValidationError("--variant '': expected a name; leave the flag out for none") }
    }
}

extension ModelLookup {
    /// Which of the models that a name may mean, as flags say.
    init(_ place: RevisionFlags, _ config: ConfigFlags, variant: String?) {
        self.init(
            revision: place.revision, subfolder: place.subfolder, variant: variant, configuration: config.config)
    }

    /// The same, with the variant of a flag.
    init(_ place: RevisionFlags, _ config: ConfigFlags, _ variant: VariantFlags) {
        self.init(place, config, variant: variant.variant)
    }
}
