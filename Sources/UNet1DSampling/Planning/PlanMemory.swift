import Memory

/// Plans, their gradient, values and order.
///
/// Sendable: it holds addresses only; the memory belongs to the planner.
struct PlanMemory: ~Copyable, @unchecked Sendable {
    let plans: UnsafeMutablePointer<Float>
    let gradient: UnsafeMutablePointer<Float>
    let values: UnsafeMutablePointer<Float>
    let timesteps: UnsafeMutablePointer<Double>
    /// The plans' indices, the best first.
    let order: UnsafeMutablePointer<Int32>
    private let batch: Int
    private let mapping: MappedMemory

    /// Maps and touches memory for `batch` plans. Allocates.
    init(batch: Int, elements: Int) throws(MemoryError) {
        self.batch = batch
        let count = batch * elements
        mapping = try MappedMemory(touchedBytes: 8 * count + 16 * batch)
        timesteps = mapping.base.bindMemory(to: Double.self, capacity: batch)
        plans = (mapping.base + 8 * batch).bindMemory(to: Float.self, capacity: count)
        gradient = (mapping.base + 8 * batch + 4 * count).bindMemory(to: Float.self, capacity: count)
        values = (mapping.base + 8 * batch + 8 * count).bindMemory(to: Float.self, capacity: batch)
        order = (mapping.base + 12 * batch + 8 * count).bindMemory(to: Int32.self, capacity: batch)
    }

    /// Orders the plans by falling value, a NaN last; equal ones stay in their order.
    func sort() {
        func isBetter(_ a: Int32, _ b: Int32) -> Bool {
            let (x, y) = (values[Int(a)], values[Int(b)])
            return x > y || !x.isNaN && y.isNaN
        }
        for plan in 0..<batch {
            var rank = plan
            while rank > 0, isBetter(Int32(plan), order[rank - 1]) {
                order[rank] = order[rank - 1]
                rank -= 1
            }
            order[rank] = Int32(plan)
        }
    }
}
