/// norm(x) = (x − center)·scale + shift for the channels of a tile. The mean's rounding to Float goes into the shift.
struct ChannelNorm {
    let channels: Int
    let groupWidth: Int
    let firstChannel: Int
    /// The tile's channels with padding.
    let width: Int
    let center: UnsafeMutablePointer<Float>
    let scale: UnsafeMutablePointer<Float>
    let shift: UnsafeMutablePointer<Float>

    /// The end of the tile's channels, without padding.
    var endChannel: Int { @inline(__always) get { min(firstChannel + width, channels) } }
    var firstGroup: Int { @inline(__always) get { firstChannel / groupWidth } }
    var groups: Int { @inline(__always) get { (endChannel - 1) / groupWidth - firstGroup + 1 } }

    /// Writes the factors of all channels, those of padding as 0.
    ///
    /// Step by step over all groups, so that the divisions and roots of one do not wait for those of another.
    ///
    /// - Parameters:
    ///   - means: of groups.
    ///   - spreads: the sums of squared deviations of groups; the inverse deviations stand in their place afterwards.
    ///   - share: one divided by a group's elements.
    ///   - gain: of all channels.
    ///   - offset: the norm's own shift of all channels.
    @inline(__always)
    func prepare(
        means: UnsafePointer<Double>, spreads: UnsafeMutablePointer<Double>, share: Double,
        gain: UnsafePointer<Float>, shift offset: UnsafePointer<Float>
    ) {
        var group = 0
        while group < groups {
            let variance = spreads[group] * share
            // Rounding may leave less than nothing of equal values.
            spreads[group] = 1 / ((variance < 0 ? 0 : variance) + 1e-5).squareRoot()
            group += 1
        }
        var channel = firstChannel
        group = 0
        while group < groups {
            let inverseDeviation = spreads[group]
            let mean = Float(means[group])
            let rest = means[group] - Double(mean)
            let endOfGroup = min((firstGroup + group + 1) * groupWidth, endChannel)
            while channel < endOfGroup {
                let factor = Double(gain[channel]) * inverseDeviation
                center[channel - firstChannel] = mean
                scale[channel - firstChannel] = Float(factor)
                shift[channel - firstChannel] = Float(Double(offset[channel]) - rest * factor)
                channel += 1
            }
            group += 1
        }
        while channel < firstChannel + width {
            center[channel - firstChannel] = 0
            scale[channel - firstChannel] = 0
            shift[channel - firstChannel] = 0
            channel += 1
        }
    }
}
