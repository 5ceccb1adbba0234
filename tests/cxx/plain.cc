// worldsema.hpp in a program that is compiled without exceptions. It is only compiled.

#include <cstdio>
#include <memory>
#include <shared_mutex>
#include <string>
#include <worldsema.hpp>

namespace ws = worldsema;
using namespace std::chrono_literals;
using Text = std::unique_ptr<std::string>;

int
main()
{
	ws::chan<Text> texts(2);
	ws::context root, child = root.child(), timed = child.with_timeout(1h);
	ws::group all(root), same = std::move(all);
	ws::mutex m;
	ws::shared_mutex rw;
	auto end = ws::defer([&] { root.cancel(); });
	auto seven = ws::async([] { return 7; });

	same.go([](const ws::context &ctx) { ctx.sleep(1ms); });
	same.go([&] {
		std::lock_guard<ws::mutex> lock(m);
		std::shared_lock<ws::shared_mutex> shared(rw);
	});
	ws::go([=] {
		texts.send(std::make_unique<std::string>("text"));
		texts.close();
	});
	for (auto &text : texts)
		std::printf("%s %d\n", text->c_str(), seven.get());
	ws::select(ws::on(texts, [](std::optional<Text>) {}), ws::on(timed, [] {}),
	           ws::to(texts, std::make_unique<std::string>(), [] {}), ws::otherwise([] {}));
	same.wait();
	child.check();
}
