import ArgumentParser
import BenchKit
import HubClient

/// `fetch`: a model's files, downloaded into the hub's cache.
struct Fetch: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Download a model from the Hugging Face hub into its cache; print the snapshot's folder.",
        discussion: """
            Takes config.json, weights, the scheduler's configuration and model_index.json. What is there is not \
            downloaded again; what was cut goes on. HF_ENDPOINT, HF_TOKEN, HF_TOKEN_PATH, HF_HOME, HF_HUB_CACHE, \
            HF_HUB_OFFLINE and SSL_CERT_FILE are read as huggingface_hub reads them.

            Examples:
              unet1d-bench fetch harmonai/maestro-150k
              unet1d-bench fetch bglick13/hopper-medium-v2-value-function-hor32
            """)

    @Argument(help: "A repository of the hub, such as harmonai/maestro-150k.")
    var repository: String
    @OptionGroup var place: RevisionFlags
    @Option(help: "Which of several weights, such as fp16.")
    var variant: String?
    @Flag(help: "Show no progress.")
    var quiet = false

    func run() throws {
        let request = try HubRequest(
            repository: repository, revision: place.revision, subfolder: place.subfolder, variant: variant)
        let fetch = HubFetch(request, settings: try HubSettings())
        let progress = Progress(quiet: quiet)
        defer { progress.clear() }
        let folder = try fetch.runBlocking { step in
            switch step {
            case .listing: progress.say("asking for the list of files")
            case .waiting(let file): progress.say("\(file): waiting for another download of it")
            case .downloading(let file, let done, let total): progress.show(ProgressBar(file, done: done, total: total))
            case .checking(let file): progress.say("\(file): checking")
            }
        }
        progress.clear()
        try Output.write(folder + "\n", to: nil)
    }
}
