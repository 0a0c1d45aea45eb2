// A robot's control loop at a fixed rate: each tick sets the observation, denoises a plan of actions, and stops after the step that
// still fits. The plan of a loop that was stopped is the estimate after its last step.
//
// usage: policy MODEL SCHEDULER HORIZON TICKS [PERIOD [STEPS]]; PERIOD in milliseconds, 100 are 10 times a second
#include <algorithm>
#include <chrono>
#include <cmath>
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

/// What is known of a tick's loop.
struct Tick {
    Clock::time_point deadline, last;
    Clock::duration longest{};
    std::size_t steps = 0;
    bool isCut = false;
    std::vector<float> plan;
};

/// After each step but the last: is there time for another one, as long as the longest so far?
int observe(void *context, const unet1d_step *step) {
    Tick &tick = *static_cast<Tick *>(context);
    const Clock::time_point now = Clock::now();
    tick.longest = std::max(tick.longest, now - tick.last);
    tick.last = now;
    if (step->index + 1 == tick.steps || now + tick.longest <= tick.deadline) return 0;
    std::copy_n(step->estimate, step->count, tick.plan.begin());
    tick.isCut = true;
    return 1;
}

}  // namespace

int main(int count, char **arguments) {
    if (count < 5) return 2;
    const unet1d_shape shape{1, std::atoll(arguments[3]), 1};
    const int ticks = std::atoi(arguments[4]);
    const std::chrono::microseconds period(static_cast<long long>(1000 * (count > 5 ? std::atof(arguments[5]) : 100)));
    const std::size_t steps = count > 6 ? std::strtoul(arguments[6], nullptr, 10) : 10;

    unet1d_model *model = nullptr;
    unet1d_pool *pool = nullptr;
    unet1d_scheduler *scheduler = nullptr;
    unet1d_sampler *sampler = nullptr;
    check(unet1d_model_open(arguments[1], &model));
    check(unet1d_pool_create(nullptr, &pool));
    check(unet1d_scheduler_open(arguments[2], nullptr, &scheduler));
    check(unet1d_sampler_create(model, pool, &shape, scheduler, steps, nullptr, &sampler));
    unet1d_plan_info plan = UNET1D_PLAN_INFO_INIT;
    check(unet1d_model_plan(model, &shape, nullptr, &plan));

    std::vector<float> observation(plan.global_condition_count, 0.1F), actions(plan.sample_count);
    std::vector<double> milliseconds;
    int late = 0, cut = 0;
    Clock::time_point next = Clock::now();
    for (int number = 0; number < ticks; number++) {
        Tick tick;
        tick.steps = steps;
        tick.plan.resize(plan.sample_count);
        const Clock::time_point start = Clock::now();
        tick.last = start;
        tick.deadline = start + period * 8 / 10;
        unet1d_loop_options options = UNET1D_LOOP_OPTIONS_INIT;
        options.observe = observe;
        options.observe_context = &tick;
        check(unet1d_sampler_set_condition(sampler, observation.data(), observation.size(), nullptr, 0));
        check(unet1d_sampler_run(sampler, &options, actions.data(), actions.size()));
        if (tick.isCut) actions = tick.plan;
        milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
        late += Clock::now() > tick.deadline;
        cut += tick.isCut;
        for (std::size_t i = 0; i < observation.size(); i++) observation[i] = 0.5F * actions[i % actions.size()];
        next += period;
        std::this_thread::sleep_until(next);
    }
    std::sort(milliseconds.begin(), milliseconds.end());
    std::printf(
        "%d plans: %d late, %d cut short, %.3f ms at the median, %.3f at most\n", ticks, late, cut,
        milliseconds[milliseconds.size() / 2], milliseconds.back());
    const bool isFinite = std::all_of(actions.begin(), actions.end(), [](float value) { return std::isfinite(value); });
    check(unet1d_sampler_free(sampler));
    check(unet1d_scheduler_free(scheduler));
    check(unet1d_pool_free(pool));
    check(unet1d_model_free(model));
    return isFinite && late < ticks ? 0 : 1;
}
