/* Requests from their bytes to their answers, without a socket: a line "METHOD TARGET", headers, an
 * empty line, the body. What is decoded keeps what web/decode.h promises, and every answer is
 * whole: a status, a body, headers that are lines. */
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "fuzz.h"
#include "store/client.h"
#include "store/sessions.h"
#include "web/decode.h"
#include "web/web.h"

static const char plan[] = "study: { id: example, title: Example, language: en }\n"
                           "design: { kind: single-group }\n"
                           "sources:\n"
                           "  people: { file: data/people.csv, id: person }\n";

enum { TOKEN_MAX = 160, RUNS = 3000 /* before the study is made anew: forms write */ };

static char folder[64];
static fp_web *web;
static long runs;
static char cookies[FP_ROLE_COUNT][TOKEN_MAX], csrf[FP_ROLE_COUNT][TOKEN_MAX];

static int64_t stand_still(void *user)
{
    (void)user;
    return 1790000000;
}

static void close_web(void)
{
    static const char *const names[] = {"study.yaml", "study.db", "study.db-wal", "study.db-shm"};
    char path[512];
    fp_web_close(web);
    web = NULL;
    for (int i = 0; i < 4; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

/* Somebody of a role, signed in past the pages. */
static fp_status add_account(fp_ledger *ledger, fp_role role, fp_err *err)
{
    char token[FP_TOKEN_DIGITS + 1], name[FP_COOKIE_NAME];
    int64_t id;
    const fp_account account = {.name = fp_role_text(role),
                                .display = "Example",
                                .role = role,
                                .coach = role == FP_ROLE_COACH ? "k01" : "",
                                .language = role % 2 ? "en" : "nl"};
    FP_TRY(fp_account_create(ledger, "fuzz", &account, &id, err));
    FP_TRY(fp_account_set_password(ledger, "fuzz", id, "none", "link", err));
    FP_TRY(fp_sessions_begin(ledger, id, FP_STAGE_WHOLE, stand_still(NULL), token, err));
    fp_web_cookie_name(web, "firstplace", name);
    (void)snprintf(cookies[role], TOKEN_MAX, "%s=%s", name, token);
    return FP_OK;
}

static fp_status add_people(fp_ledger *ledger, fp_err *err)
{
    bool done;
    FP_TRY(fp_ledger_begin(ledger, err));
    for (int role = FP_ROLE_ADMINISTRATOR; role < FP_ROLE_CLIENT; role++)
        FP_TRY(add_account(ledger, (fp_role)role, err));
    FP_TRY(fp_client_register(ledger, "fuzz", "p001", "k01", &done, err));
    FP_TRY(fp_client_register(ledger, "fuzz", "p002", "k02", &done, err));
    return fp_ledger_commit(ledger, err);
}

/* The token that the forms of a session carry, from the page of one's own account. */
static void read_token(fp_role role)
{
    static const char before[] = "name=\"csrf\" value=\"";
    fp_response response;
    fp_field cookie = {FP_STR("Cookie"), fp_str_of(cookies[role])};
    const fp_raw_request raw = {
        .method = FP_STR("GET"), .target = FP_STR("/account"), .headers = {&cookie, 1}};
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    fp_response_init(&response, 16 * FP_MIB);
    fp_web_serve(web, &raw, arena, &response);
    FUZZ_CHECK(response.status == 200);
    const char *from = strstr(response.body.p, before);
    FUZZ_CHECK(from != NULL);
    from += sizeof before - 1;
    (void)snprintf(csrf[role], TOKEN_MAX, "csrf=%.*s&", (int)strcspn(from, "\""), from);
    fp_response_clear(&response);
    fp_arena_destroy(arena);
}

static void open_web(void)
{
    char path[512];
    const char *place = getenv("TMPDIR");
    fp_err err = {0};
    fp_ledger *ledger;
    (void)snprintf(folder, sizeof folder, "%.40s/fp-fuzz-XXXXXX", place ? place : P_tmpdir);
    FUZZ_CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/study.yaml", folder);
    FUZZ_CHECK(fp_file_write(path, fp_str_of(plan), &err) == FP_OK);
    fp_web_options options = {.folder = folder, .now = stand_still, .cost = {1, 8192}};
    FUZZ_CHECK(fp_web_open(&options, &web, &err) == FP_OK);
    (void)snprintf(path, sizeof path, "%s/study.db", folder);
    FUZZ_CHECK(fp_ledger_open(path, false, &ledger, &err) == FP_OK);
    FUZZ_CHECK(add_people(ledger, &err) == FP_OK);
    fp_ledger_close(ledger);
    for (int role = FP_ROLE_ADMINISTRATOR; role < FP_ROLE_CLIENT; role++)
        read_token((fp_role)role);
}

static void begin_run(void)
{
    if (web && runs % RUNS == 0)
        close_web();
    if (!web)
        open_web();
    if (runs++ == 0)
        (void)atexit(close_web);
}

/* Up to the next line end, which is taken too. */
static fp_str take_line(fp_str *rest)
{
    const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
    fp_str line = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
    size_t used = line.n + (end != NULL);
    *rest = (fp_str){rest->p + used, rest->n - used};
    return line;
}

static fp_field split(fp_str line, char between)
{
    const char *at = line.n ? memchr(line.p, between, line.n) : NULL;
    size_t n = at ? (size_t)(at - line.p) : line.n;
    size_t skip = n + (at != NULL);
    return (fp_field){{line.p, n}, {line.p + skip, line.n - skip}};
}

static void check_fields(fp_fields fields)
{
    FUZZ_CHECK(fields.count >= 0 && fields.count <= FP_FIELDS_MAX);
    for (ptrdiff_t i = 0; i < fields.count; i++)
        FUZZ_CHECK(fp_str_utf8(fields.items[i].name) && fp_str_utf8(fields.items[i].value));
}

static void check_decoded(const fp_request *request)
{
    fp_str path = request->path;
    FUZZ_CHECK(path.n && path.p[0] == '/' && fp_str_utf8(path));
    FUZZ_CHECK(!memmem(path.p, path.n, "/../", 4) && !memmem(path.p, path.n, "/./", 3));
    FUZZ_CHECK(path.n < 3 || memcmp(path.p + path.n - 3, "/..", 3) != 0);
    check_fields(request->query);
    check_fields(request->form);
    check_fields(request->cookies);
}

static void check_answer(const fp_response *response)
{
    FUZZ_CHECK(response->status >= 200 && response->status <= 599 && response->status != 500);
    FUZZ_CHECK(!response->body.failed);
    FUZZ_CHECK(response->header_count > 0 && response->header_count <= FP_RESPONSE_HEADERS);
    for (int i = 0; i < response->header_count; i++) {
        fp_str value = response->headers[i].value;
        for (size_t j = 0; j < value.n; j++)
            FUZZ_CHECK((unsigned char)value.p[j] >= ' ' && value.p[j] != 0x7f);
        FUZZ_CHECK(value.p[value.n] == '\0');
    }
}

/* Put the cookie of a role in the place of `As: ROLE`, and its token before the form. */
static void sign_in(fp_field *headers, ptrdiff_t count, fp_buf *body)
{
    fp_role role;
    for (ptrdiff_t i = 0; i < count; i++) {
        if (!fp_str_is(headers[i].name, "As") || !fp_role_read(headers[i].value, &role))
            continue;
        headers[i] = (fp_field){FP_STR("Cookie"), fp_str_of(cookies[role])};
        fp_buf_put(body, csrf[role]);
        return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fp_err err = {0};
    fp_field headers[FP_FIELDS_MAX + 1];
    ptrdiff_t count = 0;
    fp_request request;
    fp_refusal refusal;
    fp_response response;
    begin_run();
    fp_str rest = {(const char *)data, size};
    fp_field first = split(take_line(&rest), ' ');
    for (fp_str line; rest.n && (line = take_line(&rest)).n && count <= FP_FIELDS_MAX;)
        headers[count++] = split(line, ':');
    for (ptrdiff_t i = 0; i < count; i++)
        headers[i].value = fp_str_trim(headers[i].value);
    fp_buf body;
    fp_buf_init(&body, 2 * FP_MIB);
    sign_in(headers, count, &body);
    fp_buf_put_n(&body, rest.p, rest.n);
    fp_raw_request raw = {.method = first.name,
                          .target = first.value,
                          .headers = {headers, count},
                          .body = fp_buf_str(&body),
                          .peer = FP_STR("127.0.0.1")};
    fp_arena *arena = fp_arena_create(64 * FP_MIB);
    FUZZ_CHECK(arena != NULL);
    FUZZ_CHECK(fp_request_decode(&raw, true, arena, &request, &refusal, &err) == FP_OK);
    if (!refusal.status)
        check_decoded(&request);
    fp_response_init(&response, 16 * FP_MIB);
    fp_web_serve(web, &raw, arena, &response);
    check_answer(&response);
    fp_response_clear(&response);
    fp_buf_clear(&body);
    fp_arena_destroy(arena);
    return 0;
}
