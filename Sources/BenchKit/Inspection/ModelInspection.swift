import Checkpoint
import KernelDispatch
import Planning

/// What is in a checkpoint, whether it would run, and what to do where it would not.
public struct ModelInspection: Sendable {
    /// What was named.
    public let model: String
    /// The folder where it was found; nil where nothing was.
    public let folder: String?
    /// Whether a forward would run at some length.
    public let runs: Bool
    /// What is wrong, each with its remedy.
    public let problems: [String]
    /// What was ignored or odd, a sentence each.
    public let notes: [String]
    /// The configuration with the defaults filled in; nil where it cannot be read.
    let configuration: ModelFamily?
    /// Weights by block, in the order of the network.
    let blocks: [Block]
    /// Weights that the network reads, one by one; nil where the configuration does not run.
    public let parameters: Int?
    /// The lengths that run; nil where that is not known.
    package let lengths: RunningLengths?
    /// The files' tensors by type.
    let elementTypes: [ElementTypeCount]
    /// The file of the weights, or the index of the shards; nil where there are none that can be read.
    public let weightsPath: String?
    /// How the tensors fit; nil where that is not known.
    let fit: TensorFit?
    /// Tensors with values that are not finite, and how many.
    let nonFinite: [NonFinite]

    /// Weights of a block.
    struct Block: Sendable, Equatable {
        var name: String
        var parameters: Int
    }

    /// Tensors of one type.
    struct ElementTypeCount: Sendable, Equatable {
        var type: ElementType
        var tensors: Int
        var bytes: Int
    }

    /// A tensor with NaN or infinities.
    struct NonFinite: Sendable, Equatable {
        var name: String
        var count: Int
        var elements: Int
    }

    /// Looks at configuration and weights, and reads every weight once. Allocates memory for one tensor; blocks on the disk
    /// for as long as reading the files takes.
    public static func inspecting(_ what: String, lookup: ModelLookup, progress: Progress) -> ModelInspection {
        do throws(CheckpointError) {
            let directory = try ModelDirectory(what, lookup: lookup)
            progress.say("reading \(directory.path)")
            return ModelInspection(what, directory.path, directory.examine())
        } catch {
            return ModelInspection(what, nil, ModelExamination(problems: [error]))
        }
    }

    private init(_ what: String, _ folder: String?, _ found: ModelExamination) {
        model = what
        self.folder = folder
        configuration = found.family
        notes = found.notes
        fit = found.fit
        weightsPath = found.weights?.path
        var problems = found.problems.map(\.description)
        var runs = found.problems.isEmpty
        let expected = found.network?.tensors ?? []
        blocks = Self.blocks(expected)
        parameters = found.network?.parameters
        let lengths = found.network.flatMap { RunningLengths($0, count: 5) }
        self.lengths = lengths
        if let network = found.network, let lengths, lengths.first.isEmpty {
            runs = false
            problems.append("\(folder ?? what)/config.json: \(LengthRemedy.forAnyLength(of: network))")
        }
        elementTypes = found.weights.map(Self.elementTypes) ?? []
        let before = problems.count
        nonFinite = found.weights.map { Self.nonFinite($0, expected, &problems) } ?? []
        runs = runs && problems.count == before
        if let path = weightsPath, !nonFinite.isEmpty {
            problems.append(
                "\(path): \(Figures.counted(nonFinite.count, "tensor")) with NaN or infinite values, first \"\(nonFinite[0].name)\", with "
                    + "which outputs are NaN; take an earlier checkpoint of the training")
        }
        self.problems = problems
        self.runs = runs
    }

    /// The first part of a tensor's name, and of numbered blocks the number.
    private static func blocks(_ tensors: [ExpectedTensor]) -> [Block] {
        var blocks: [Block] = []
        for tensor in tensors {
            let parts = tensor.name.split(separator: ".")
            let isNumbered = parts.count > 1 && parts[1].allSatisfy(\.isNumber)
            let name = parts.prefix(isNumbered ? 2 : 1).joined(separator: ".")
            if blocks.last?.name == name {
                blocks[blocks.count - 1].parameters += tensor.count
            } else {
                blocks.append(Block(name: name, parameters: tensor.count))
            }
        }
        return blocks
    }

    private static func elementTypes(_ weights: StateDict) -> [ElementTypeCount] {
        ElementType.allCases.compactMap { type in
            let tensors = weights.tensors.filter { $0.elementType == type }
            return tensors.isEmpty
                ? nil
                : ElementTypeCount(type: type, tensors: tensors.count, bytes: tensors.reduce(0) { $0 + $1.byteCount })
        }
    }

    /// Tensors that the network reads.
    ///
    /// - Parameter problems: gets the error where a tensor cannot be read.
    private static func nonFinite(
        _ weights: StateDict, _ expected: [ExpectedTensor], _ problems: inout [String]
    ) -> [NonFinite] {
        let source = CheckpointWeights(weights)
        let kernels = Implementation.best.table
        var found: [NonFinite] = []
        for tensor in expected {
            guard let stored = weights[tensor.name], stored.shape == tensor.shape else { continue }
            let floats = UnsafeMutableBufferPointer<Float>.allocate(capacity: tensor.count)
            defer { floats.deallocate() }
            do throws(CheckpointError) { try source.read(tensor.name, into: floats, kernels: kernels) } catch {
                // The first one is enough: the others lie in the same file.
                if !problems.contains(error.description) { problems.append(error.description) }
                return found
            }
            let count = floats.count { !$0.isFinite }
            if count > 0 { found.append(NonFinite(name: tensor.name, count: count, elements: tensor.count)) }
        }
        return found
    }
}
