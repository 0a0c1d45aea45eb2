/// A program that trains models which diffusers can run, under names of its own: what its checkpoints look like, and what
/// each tensor is called in diffusers.
///
/// A new one is a file in this folder, and an entry of `Trainers.all`.
protocol Trainer: Sendable {
    /// The program, and what it calls its files.
    static var files: String { get }

    /// The model in a file.
    ///
    /// - Returns: nil where the file is not of this trainer.
    /// - Throws: `unlikeDiffusers` for a model that diffusers cannot run, `severalPrefixes`, `wrongRank`.
    static func model(in file: TrainerFile, _ lookup: ModelLookup) throws(CheckpointError) -> TrainedModel?
}

/// A model from a trainer's file, under the names of its family.
struct TrainedModel: Sendable {
    /// The program that trained it, and the model's class there.
    var origin: String
    /// Read off the tensors.
    var family: ModelFamily
    /// The tensors under the family's names; none of their elements is changed.
    var tensors: StateDict
    /// What was taken and what is not known, a sentence each.
    var notes: [String]
}

/// The trainers whose files are recognised.
enum Trainers {
    static let all: [any Trainer.Type] = [DanceDiffusion.self, JannerDiffuser.self, DiffusionPolicy.self]

    /// What is accepted, for errors.
    static var files: [String] { all.map { $0.files } }

    /// The model in a file.
    ///
    /// - Returns: nil where no trainer recognises it.
    static func model(in file: TrainerFile, _ lookup: ModelLookup) throws(CheckpointError) -> TrainedModel? {
        for trainer in all {
            if let model = try trainer.model(in: file, lookup) { return model }
        }
        return nil
    }
}
