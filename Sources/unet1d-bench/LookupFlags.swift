import ArgumentParser
import Checkpoint

/// Which commit and folder of a repository.
struct RevisionFlags: ParsableArguments {
    @Option(help: "A branch, tag or commit of a repository of the hub; default: main.")
    var revision: String?
    @Option(help: "The model's folder within what is named; default: unet, then the folder itself.")
    var subfolder: String?
}

/// Which of the models that a name may mean, but for the variant of its weights.
struct PlaceFlags: ParsableArguments {
    @OptionGroup var place: RevisionFlags
    @Option(help: "The config.json of a single file of weights; default: the one beside it.")
    var config: String?

    /// What these flags say, with a variant.
    func lookup(variant: String?) -> ModelLookup {
        ModelLookup(
            revision: place.revision, subfolder: place.subfolder, variant: variant, configuration: config)
    }
}

/// Which of the models that a name may mean.
struct LookupFlags: ParsableArguments {
    @OptionGroup var place: PlaceFlags
    @Option(help: "Which of several weights, such as fp16.")
    var variant: String?

    /// What these flags say.
    var lookup: ModelLookup { place.lookup(variant: variant) }
}
