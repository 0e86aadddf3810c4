#include <cstdio>
#include <ctime>
#include <random>
#include <sstream>
int main() { std::random_device random; std::ostringstream text; text.precision(17); // a decimal point in every locale
    const auto key = "heat-" + std::to_string(random()) + std::to_string(random());
    const auto path = getenv("SIMVUE_OFFLINE_DIRECTORY") + ("/journals/" + key + ".jsonl");
    std::FILE *file = std::fopen(path.c_str(), "wx"); if (!file) return 1; // x: never a file that is there already
    auto put = [&](auto... parts) { char at[24]; const auto now = std::time(nullptr); text.str("");
        std::strftime(at, 24, "%FT%TZ", std::gmtime(&now)); (text << ... << parts) << R"(,"at":")" << at << "\"}\n";
        std::fputs(text.str().c_str(), file); std::fflush(file); };
    put(R"({"kind":"header","format":"simvue-journal","version":"1.0","writer":{},"journal":")", key,
        R"(","run":")", key, '"');
    for (int i = 0; i < 3; i++) put(R"({"kind":"metrics","values":{"loss":)", 1.0 / (i + 3), R"(},"step":)", i);
    put(R"({"kind":"end","status":"completed","records":4)"); }
