/* A relay, a key, accounts at a backend that does what its paths say, and a
 * client, for tests of src/relay. */
#ifndef SUPPORT_RELAY_LAB_H
#define SUPPORT_RELAY_LAB_H

#include "store/account.h"
#include "store/api_key.h"
#include "store/ledger.h"
#include "tests/support/app_dir.h"
#include "tests/support/fcgi_client.h"
#include "tests/support/relay_backend.h"

enum { LAB_ACCOUNTS = 8, LAB_HELPERS = 4 /* libuv's default */ };

struct relay_lab {
	struct app_dir d;
	struct relay_backend backend;
	struct api_key key; /* its record, for changes */
	char ids[LAB_ACCOUNTS][STORE_ID_BYTES];
	size_t naccounts;
	struct io_flag *helper_busy, *helper_go;
};

#define LAB_KEY	   "cr_0123456789abcdef"
#define LAB_HEADER "x-api-key: " LAB_KEY

/* A request of the usual kind. */
#define LAB_BODY(more)                                                         \
	"{\"model\":\"claude-x\",\"max_tokens\":100," more                     \
	"\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}"
#define LAB_STREAM LAB_BODY("\"stream\":true,")
#define LAB_PLAIN  LAB_BODY("")

void relay_lab_start(struct relay_lab *lab);
void relay_lab_stop(struct relay_lab *lab);
/* An account at the backend's path ("/ok"), or at a whole URL; those made first
 * come first. */
void lab_account(struct relay_lab *lab, const char *name, const char *path);
/* The same with what edit() changes in it. */
void lab_account_with(struct relay_lab *lab, const char *name, const char *path,
		      void (*edit)(struct account *a));
/* Writes lab->key. */
void lab_put_key(struct relay_lab *lab);

struct fcgi_call lab_call(const char *body);
void lab_ask(struct relay_lab *lab, const char *body, struct fcgi_reply *reply);
/* Sends and leaves the answer to the caller: a descriptor.  Each in another
 * millisecond, so that the ledger's rows have an order. */
int lab_begin(struct relay_lab *lab, const struct fcgi_call *call);
/* Reads records until the output holds text; false at the end or after 10 s. */
bool lab_read_until(int fd, struct fcgi_reply *reply, const char *text);
/* Reads to the end; true when it ended in good order. */
bool lab_read_all(int fd, struct fcgi_reply *reply);

/* The body with random ids made equal: "msg_*", "req_*". */
void lab_is_body(const struct fcgi_reply *reply, const char *want,
		 const char *name);
/* Status and error.message of an answer. */
void lab_is_error(const struct fcgi_reply *reply, int status,
		  const char *message, const char *name);
/* The ledger's row of an answer's request-id, waited for. */
bool lab_row(struct relay_lab *lab, const struct fcgi_reply *reply,
	     struct ledger_row *row);
/* Waits for the row that is newest and not `before`'s. */
bool lab_next_row(struct relay_lab *lab, const char *before,
		  struct ledger_row *row);
void lab_newest(struct relay_lab *lab, struct ledger_row *row);
/* Keeps every helper thread busy until they are released, so that work for a
 * failover waits. */
void lab_block_helpers(struct relay_lab *lab);
void lab_release_helpers(struct relay_lab *lab);
/* Waits until the loop has taken what was there when this was called. */
void lab_sync_loop(struct relay_lab *lab);
/* Nothing is in flight anywhere; then forgets the accounts. */
void lab_done(struct relay_lab *lab, const char *name);

#endif
