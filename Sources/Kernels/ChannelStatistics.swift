/// Sums of every channel over a chunk of positions, about a pivot, in Double:
/// first[c] = Σ (x[l, c] − pivot[c]), second[c] = Σ (x[l, c] − pivot[c])², pivot[c] = x[0, c].
///
/// The pivot is one of the summed values, so (pivot − mean)² is at most n times the variance and the subtraction
/// Σ(x − pivot)² − (Σ(x − pivot))²/n loses little, whatever the mean. Runs of 256 positions are summed in Float.
@inline(__always)
func sumChannels(
    _ x: UnsafePointer<Float>, positionStride: Int, positions: Int, channels: Int,
    first: UnsafeMutablePointer<Double>, second: UnsafeMutablePointer<Double>
) {
    let lanes = Lanes.scalarCount
    var channel = 0
    while channel < channels {
        var firstLow = DoubleLanes()
        var firstHigh = DoubleLanes()
        var secondLow = DoubleLanes()
        var secondHigh = DoubleLanes()
        let pivot = loadLanes(x + channel)
        var position = 0
        while position < positions {
            let end = min(position + 256, positions)
            // Two chains hide the latency of the additions.
            var sum0 = Lanes()
            var sum1 = Lanes()
            var square0 = Lanes()
            var square1 = Lanes()
            var p = x + (position * positionStride + channel)
            while position + 1 < end {
                let d0 = loadLanes(p) - pivot
                let d1 = loadLanes(p + positionStride) - pivot
                sum0 += d0
                sum1 += d1
                square0 = multiplyAdd(square0, d0, d0)
                square1 = multiplyAdd(square1, d1, d1)
                p += 2 * positionStride
                position += 2
            }
            if position < end {
                let d0 = loadLanes(p) - pivot
                sum0 += d0
                square0 = multiplyAdd(square0, d0, d0)
                position += 1
            }
            sum0 += sum1
            square0 += square1
            firstLow += widenedLow(sum0)
            firstHigh += widenedHigh(sum0)
            secondLow += widenedLow(square0)
            secondHigh += widenedHigh(square0)
        }
        storeDoubles(firstLow, first + channel)
        storeDoubles(firstHigh, first + channel + lanes / 2)
        storeDoubles(secondLow, second + channel)
        storeDoubles(secondHigh, second + channel + lanes / 2)
        channel += lanes
    }
}

@inline(__always)
func storeDoubles(_ v: DoubleLanes, _ p: UnsafeMutablePointer<Double>) {
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

/// The moments of channels `channel ..< channel + width` together, from `sumChannels` over `positions` positions of x.
@inline(__always)
func groupMoments(
    _ x: UnsafePointer<Float>, first: UnsafePointer<Double>, second: UnsafePointer<Double>,
    positions: Int, channel: Int, width: Int
) -> Moments {
    let n = Double(positions)
    let reciprocal = 1 / n
    var sum = 0.0
    var c = channel
    while c < channel + width {
        sum += Double(x[c]) + first[c] * reciprocal
        c += 1
    }
    let mean = sum / Double(width)
    var m2 = 0.0
    c = channel
    while c < channel + width {
        let offset = first[c] * reciprocal
        let deviation = (Double(x[c]) - mean) + offset
        m2 += (second[c] - first[c] * offset) + n * deviation * deviation
        c += 1
    }
    return Moments(count: n * Double(width), mean: mean, m2: m2)
}
