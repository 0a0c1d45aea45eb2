// What these modules declare public is part of the library's interface. What only the package uses is `package` there.

@_exported public import Checkpoint
@_exported public import KernelDispatch
@_exported public import Memory
@_exported public import Planning
@_exported public import Workers
