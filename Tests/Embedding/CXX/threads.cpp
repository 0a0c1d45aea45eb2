// One forward of a request on threads of the program's own; writes the output's floats.
//
// usage: threads MODEL REQUEST OUTPUT WORKERS
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "../C/request.h"

/// A parallel-for as a program may have it: threads that sleep until there is work.
class Threads {
public:
    explicit Threads(unsigned workers) {
        for (unsigned i = 1; i < workers; i++) threads.emplace_back([this] { live(); });
    }

    ~Threads() {
        {
            std::lock_guard<std::mutex> lock(mutex);
            ended = true;
        }
        work.notify_all();
        for (auto &thread : threads) thread.join();
    }

    static void run(void *context, ptrdiff_t count, unet1d_body body, void *body_context) {
        static_cast<Threads *>(context)->run(count, body, body_context);
    }

private:
    std::mutex mutex;
    std::condition_variable work, idle;
    std::vector<std::thread> threads;
    unet1d_body body = nullptr;
    void *body_context = nullptr;
    ptrdiff_t next = 0, count = 0, finished = 0;
    bool ended = false;

    void run(ptrdiff_t indices, unet1d_body function, void *argument) {
        std::unique_lock<std::mutex> lock(mutex);
        body = function, body_context = argument, next = 0, count = indices, finished = 0;
        work.notify_all();
        serve(lock);
        idle.wait(lock, [this] { return finished == count; });
        count = 0;
    }

    void live() {
        std::unique_lock<std::mutex> lock(mutex);
        while (!ended) {
            serve(lock);
            work.wait(lock, [this] { return ended || next < count; });
        }
    }

    void serve(std::unique_lock<std::mutex> &lock) {
        while (next < count) {
            const ptrdiff_t index = next++;
            lock.unlock();
            body(body_context, index);
            lock.lock();
            if (++finished == count) idle.notify_all();
        }
    }
};

int main(int argument_count, char **arguments) {
    if (argument_count != 5) return 2;
    const request request = read_request(arguments[2]);
    unet1d_pool_options options = UNET1D_POOL_OPTIONS_INIT;
    options.workers = static_cast<uint32_t>(atoi(arguments[4]));
    Threads threads(options.workers);
    options.parallel_for = Threads::run;
    options.parallel_for_context = &threads;

    unet1d_model *model = nullptr;
    unet1d_pool *pool = nullptr;
    unet1d_session *session = nullptr;
    check(unet1d_model_open(arguments[1], &model));
    check(unet1d_pool_create(&options, &pool));
    check(unet1d_session_create(model, pool, &request.shape, 1, nullptr, &session));

    unet1d_plan_info plan = UNET1D_PLAN_INFO_INIT;
    check(unet1d_session_info(session, &plan));
    std::vector<float> output(plan.output_count);
    check(unet1d_forward(
        session, request.sample, request.sample_count, &request.timestep, output.data(), output.size()));
    write_floats(arguments[3], output.data(), output.size());

    check(unet1d_session_free(session));
    check(unet1d_pool_free(pool));
    check(unet1d_model_free(model));
    free_request(request);
}
