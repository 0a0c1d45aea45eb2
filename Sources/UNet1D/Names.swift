public import Arena
public import Checkpoint
public import KernelDispatch
public import Planning
public import Workers

// Types of the floors below that the library's own interface speaks of.

/// The fields of a model's config.json.
public typealias Configuration = Checkpoint.Configuration
/// Which of the models that a name may mean.
public typealias ModelLookup = Checkpoint.ModelLookup
/// The distributions of seeded random weights.
public typealias Initialisation = Checkpoint.Initialisation
/// The types that weights are saved as.
public typealias WeightType = Checkpoint.WeightType
/// What was written when a model was saved.
public typealias SavedModel = Checkpoint.SavedModel
/// An instruction set that the kernels are compiled for.
public typealias ISA = KernelDispatch.ISA
/// Which convolution algorithms a plan may use.
public typealias Accuracy = Planning.Accuracy
/// The measured properties of a machine that decide a plan.
public typealias MachineProfile = Planning.MachineProfile
/// A number of a machine profile.
public typealias MachineField = Planning.MachineField
/// Batch, length and timesteps of a forward.
public typealias ForwardShape = Planning.ForwardShape
/// Everything about a forward that can be known before memory is allocated.
public typealias Plan = Planning.Plan
/// A step of a plan.
public typealias Operation = Planning.Operation
/// What an operation does.
public typealias OperationKind = Planning.OperationKind
/// Threads that compute together with the caller of `forward`; sessions may share a pool.
public typealias WorkerPool = Workers.WorkerPool
/// How a pool waits and where its workers run.
public typealias WorkerPoolOptions = Workers.WorkerPoolOptions
/// A parallel-for that the embedder brings.
public typealias Executor = Workers.Executor
/// Where workers were meant to run.
public typealias Placement = Workers.Placement
/// Why a pool could not be made.
public typealias WorkerPoolError = Workers.WorkerPoolError
/// Why a file, a folder, a field or a tensor was refused.
public typealias CheckpointError = Checkpoint.CheckpointError
/// Why a shape cannot be planned.
public typealias PlanningError = Planning.PlanningError
/// Why an instruction set cannot be had.
public typealias ImplementationError = KernelDispatch.ImplementationError
/// Why memory could not be had.
public typealias ArenaError = Arena.ArenaError
/// Where pages were requested, and where they are.
public typealias NodeOutcome = Arena.NodeOutcome
/// The nodes and cores of the machine, and the number of cores that this process may use.
public typealias Topology = Workers.Topology
