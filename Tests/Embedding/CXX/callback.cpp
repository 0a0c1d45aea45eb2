// An audio-style loop: every PERIOD milliseconds a callback must have filled a block, and one that is late is heard as a click.
// The callback runs a forward and counts the blocks that were late; a real program would ask for SCHED_FIFO as well.
//
// usage: callback MODEL LENGTH PERIOD BLOCKS; fails if every block was late
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "unet1d.h"

namespace {

using Clock = std::chrono::steady_clock;

void check(unet1d_status status) {
    if (status == UNET1D_OK) return;
    std::fprintf(stderr, "error: %s: %s\n", unet1d_status_text(status), unet1d_last_error());
    std::exit(2);
}

/// What the callback works with: everything is there before the first block.
struct Denoiser {
    unet1d_session *session = nullptr;
    std::vector<float> sample, output;
    float time = 0.5F;
    unet1d_timestep timestep{&time, 1, UNET1D_TIMESTEP_FLOAT, 0};
};

/// Fills a block. Nothing here may allocate, lock or throw; Clang holds it to that, and unet1d_forward says so of itself.
bool fillBlock(Denoiser &state) noexcept UNET1D_NONBLOCKING {
    return unet1d_forward(
               state.session, state.sample.data(), state.sample.size(), &state.timestep, state.output.data(),
               state.output.size())
        == UNET1D_OK;
}

}  // namespace

int main(int count, char **arguments) {
    if (count != 5) return 2;
    const unet1d_shape shape{1, std::atoll(arguments[2]), 1};
    const std::chrono::microseconds period(static_cast<long long>(1000 * std::atof(arguments[3])));
    const int blocks = std::atoi(arguments[4]);

    // Workers spin for a tenth of a period only: they must not keep the core from whoever feeds the callback.
    unet1d_pool_options options = UNET1D_POOL_OPTIONS_INIT;
    options.spin_nanoseconds = 100 * period.count();
    unet1d_model *model = nullptr;
    unet1d_pool *pool = nullptr;
    Denoiser state;
    check(unet1d_model_open(arguments[1], &model));
    check(unet1d_pool_create(&options, &pool));
    check(unet1d_session_create(model, pool, &shape, 1, nullptr, &state.session));
    unet1d_plan_info plan = UNET1D_PLAN_INFO_INIT;
    check(unet1d_session_info(state.session, &plan));
    state.sample.assign(plan.sample_count, 0.1F);
    state.output.assign(plan.output_count, 0.0F);

    int late = 0, failed = 0;
    Clock::duration longest{};
    auto due = Clock::now();
    for (int block = 0; block < blocks; block++) {
        due += period;
        const auto start = Clock::now();
        if (!fillBlock(state)) failed++;
        const auto end = Clock::now();
        longest = std::max(longest, end - start);
        if (end > due) {
            late++;
            due = end;
        }
        std::this_thread::sleep_until(due);
    }
    std::printf(
        "%d blocks of %g ms: %d late, longest %g ms\n", blocks, std::atof(arguments[3]), late,
        std::chrono::duration<double, std::milli>(longest).count());

    check(unet1d_session_free(state.session));
    check(unet1d_pool_free(pool));
    check(unet1d_model_free(model));
    return failed == 0 && late < blocks ? 0 : 1;
}
