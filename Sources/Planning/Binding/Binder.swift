import CKernels

/// Turns places into pointers.
struct Binder {
    let plan: Plan
    let buffers: [UnsafeMutableRawPointer]
    let weights: [UnsafeRawPointer]

    /// Writes the arguments of a call with their pointers; those to the caller's memory stay nil.
    func bind(_ call: KernelCall, to memory: UnsafeMutableRawPointer) {
        call.arguments.withUnsafeBytes {
            memory.copyMemory(from: $0.baseAddress.unsafelyUnwrapped, byteCount: $0.count)
        }
        for operand in call.operands {
            memory.storeBytes(of: address(operand.place), toByteOffset: operand.field, as: UnsafeRawPointer?.self)
        }
    }

    private func address(_ place: Operand.Place) -> UnsafeRawPointer? {
        switch place {
        case .activation(let location):
            let buffer = plan.buffers[location.buffer]
            let offset = buffer.positionsBefore * buffer.positionStride + location.offset
            return UnsafeRawPointer(buffers[location.buffer] + offset * MemoryLayout<Float>.stride)
        case .weight(let index): return weights[index]
        case .caller: return nil
        }
    }

    /// What lies around the positions of a buffer.
    func surroundings(of index: Int) -> Surroundings {
        let buffer = plan.buffers[index]
        let start = buffers[index].assumingMemoryBound(to: Float.self)
        let beforeCount = buffer.positionsBefore * buffer.positionStride
        let behindCount = buffer.positionsBehind * buffer.positionStride
        return Surroundings(
            before: beforeCount > 0 ? start : nil, beforeCount: beforeCount,
            behind: behindCount > 0 ? start + beforeCount + buffer.floats : nil, behindCount: behindCount)
    }
}
