/// Mean and M2 = Σ (x − mean)² of every channel over a chunk of positions, in Double.
///
/// Positions are taken in runs of 256, which stay in the first level of the cache: one pass for a run's mean, one for the
/// squares about it, so that neither a large mean nor an outlier costs digits. Runs are merged by Chan's formula.
@inline(__always)
func channelMoments(
    _ x: UnsafePointer<Float>, positionStride: Int, positions: Int, channels: Int,
    means: UnsafeMutablePointer<Double>, m2s: UnsafeMutablePointer<Double>
) {
    let half = Lanes.scalarCount / 2
    var channel = 0
    while channel < channels {
        var low = LaneMoments()
        var high = LaneMoments()
        var position = 0
        while position < positions {
            let count = min(256, positions - position)
            let p = x + (position * positionStride + channel)
            let mean = runMean(p, positionStride, count)
            let (sum, squares) = runSums(p, positionStride, count, about: mean)
            low.merge(count, position, widenedLow(mean), widenedLow(sum), widenedLow(squares))
            high.merge(count, position, widenedHigh(mean), widenedHigh(sum), widenedHigh(squares))
            position += count
        }
        storeDoubles(low.mean, means + channel)
        storeDoubles(high.mean, means + channel + half)
        storeDoubles(low.m2, m2s + channel)
        storeDoubles(high.m2, m2s + channel + half)
        channel += Lanes.scalarCount
    }
}

/// The mean of `count` rows of one vector, rounded to Float; exact enough to take squares about.
@inline(__always)
private func runMean(_ x: UnsafePointer<Float>, _ stride: Int, _ count: Int) -> Lanes {
    let pivot = loadLanes(x)
    // Two chains hide the latency of the additions.
    var sum0 = Lanes()
    var sum1 = Lanes()
    var p = x
    var row = 0
    while row + 1 < count {
        sum0 += loadLanes(p) - pivot
        sum1 += loadLanes(p + stride) - pivot
        p += 2 * stride
        row += 2
    }
    if row < count { sum0 += loadLanes(p) - pivot }
    return multiplyAdd(pivot, sum0 + sum1, Lanes(repeating: 1 / Float(count)))
}

/// Σ (x − mean) and Σ (x − mean)² of `count` rows of one vector.
@inline(__always)
private func runSums(
    _ x: UnsafePointer<Float>, _ stride: Int, _ count: Int, about mean: Lanes
) -> (sum: Lanes, squares: Lanes) {
    var sum0 = Lanes()
    var sum1 = Lanes()
    var squares0 = Lanes()
    var squares1 = Lanes()
    var p = x
    var row = 0
    while row + 1 < count {
        let d0 = loadLanes(p) - mean
        let d1 = loadLanes(p + stride) - mean
        sum0 += d0
        sum1 += d1
        squares0 = multiplyAdd(squares0, d0, d0)
        squares1 = multiplyAdd(squares1, d1, d1)
        p += 2 * stride
        row += 2
    }
    if row < count {
        let d0 = loadLanes(p) - mean
        sum0 += d0
        squares0 = multiplyAdd(squares0, d0, d0)
    }
    return (sum0 + sum1, squares0 + squares1)
}

/// Mean and M2 of half a vector of channels.
private struct LaneMoments {
    var mean = DoubleLanes()
    var m2 = DoubleLanes()

    /// Takes in `count` rows behind `before` others, from their sums about `center`.
    @inline(__always)
    mutating func merge(
        _ count: Int, _ before: Int, _ center: DoubleLanes, _ sum: DoubleLanes, _ squares: DoubleLanes
    ) {
        let n = Double(count)
        let offset = sum * DoubleLanes(repeating: 1 / n)
        let runMean = center + offset
        let runM2 = squares - sum * offset
        let total = Double(before) + n
        let delta = runMean - mean
        mean += delta * DoubleLanes(repeating: n / total)
        m2 += runM2 + delta * delta * DoubleLanes(repeating: Double(before) * n / total)
    }
}

@inline(__always)
private func storeDoubles(_ v: DoubleLanes, _ p: UnsafeMutablePointer<Double>) {
    UnsafeMutableRawPointer(p).storeBytes(of: v, as: DoubleLanes.self)
}

/// A count of values with their mean and M2 = Σ (x − mean)².
struct Moments {
    var count: Double
    var mean: Double
    var m2: Double

    /// Chan, Golub and LeVeque: the moments of both sets together.
    @inline(__always)
    mutating func merge(_ other: Moments) {
        let total = count + other.count
        let delta = other.mean - mean
        mean += delta * other.count / total
        m2 += other.m2 + delta * delta * count * other.count / total
        count = total
    }
}

/// The moments of channels `channel ..< channel + width` together, each over `positions` positions.
@inline(__always)
func groupMoments(
    means: UnsafePointer<Double>, m2s: UnsafePointer<Double>, positions: Int, channel: Int, width: Int
) -> Moments {
    let n = Double(positions)
    var sum = 0.0
    var c = channel
    while c < channel + width {
        sum += means[c]
        c += 1
    }
    let mean = sum / Double(width)
    var m2 = 0.0
    c = channel
    while c < channel + width {
        let deviation = means[c] - mean
        m2 += m2s[c] + n * deviation * deviation
        c += 1
    }
    return Moments(count: n * Double(width), mean: mean, m2: m2)
}
