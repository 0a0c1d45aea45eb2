import CKernels
import KernelArguments

/// How the rows of a convolution's output, and those that they read, follow one another.
struct RowWalk {
    var y: ConvolutionRows
    /// In positions of the source, and whole rows (batch elements) of it.
    var xRowPositions: Int
    var xRowElements: Int
    var xSegmentPositions: Int
    var xSegmentElements: Int

    /// Whether rows are in the order of y's, position by position.
    var isPositionMajor: Bool { y.segments == 1 || y.segmentPositions == 1 }

    /// Every row follows the last one: stride 1. Positions are segments where they are set off.
    static func flat(_ sources: [Value], _ y: Value) -> RowWalk {
        guard y.isFlat && sources.allSatisfy(\.isFlat) else {
            return RowWalk(
                y: ConvolutionRows(
                    segments: y.length, rows: y.batch, segmentPositions: 1, rowsPerPosition: y.batch,
                    yRow: y.rowStride, ySegment: y.positionStride),
                xRowPositions: 0, xRowElements: 1, xSegmentPositions: 1,
                xSegmentElements: 0)
        }
        return RowWalk(
            y: ConvolutionRows(
                segments: 1, rows: y.length * y.batch, segmentPositions: 0, rowsPerPosition: y.batch,
                yRow: y.rowStride, ySegment: 0),
            xRowPositions: 0, xRowElements: 1, xSegmentPositions: 0, xSegmentElements: 0)
    }

    /// Steps of several positions in x or y: segments over whichever of batch and length is shorter.
    static func strided(_ x: Value, _ y: Value, xStep: Int, yStep: Int, positions: Int? = nil) -> RowWalk {
        let length = positions ?? y.length / yStep
        if y.batch <= length {
            return RowWalk(
                y: ConvolutionRows(
                    segments: y.batch, rows: length, segmentPositions: 0, rowsPerPosition: 1,
                    yRow: yStep * y.positionStride, ySegment: y.rowStride),
                xRowPositions: xStep, xRowElements: 0,
                xSegmentPositions: 0, xSegmentElements: 1)
        }
        return RowWalk(
            y: ConvolutionRows(
                segments: length, rows: y.batch, segmentPositions: 1, rowsPerPosition: y.batch, yRow: y.rowStride,
                ySegment: yStep * y.positionStride),
            xRowPositions: 0, xRowElements: 1, xSegmentPositions: xStep,
            xSegmentElements: 0)
    }

    func source(of x: Value) -> convolution_source {
        convolution_source(
            x: nil, channels: x.channels,
            row_stride: xRowPositions * x.positionStride + xRowElements * x.rowStride,
            segment_stride: xSegmentPositions * x.positionStride + xSegmentElements * x.rowStride,
            tap_stride: x.positionStride)
    }
}
