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

/// Which of the models that a name may mean, but for the variant of its weights.
struct PlaceFlags: ParsableArguments {
    @OptionGroup var place: RevisionFlags
    @Option(help: .setting(\.config)) var config: String?

    func validate() throws {
        if config == "" { throw ValidationError("--config '': expected a name; leave the flag out for the default") }
    }

    /// What these flags say, with a variant.
    func lookup(variant: String?) -> ModelLookup {
        ModelLookup(
            revision: place.revision, subfolder: place.subfolder, variant: variant, configuration: config)
    }
}

/// Which of the models that a name may mean.
struct LookupFlags: ParsableArguments {
    @OptionGroup var place: PlaceFlags
    @Option(help: .setting(\.variant)) var variant: String?

    func validate() throws {
        if variant == "" { throw ValidationError("--variant '': expected a name; leave the flag out for none") }
    }

    /// What these flags say.
    var lookup: ModelLookup { place.lookup(variant: variant) }
}
