#!/bin/sh
# llmrelay-demo over HTTP: answers, counts, streams, faults, the log.

demo=${DEMO-./llmrelay-demo}

command -v curl >/dev/null || { echo '1..0 # SKIP no curl'; exit 0; }

dir=$(mktemp -d) || exit 99
pids=
n=0

stop() {
	for pid in $pids; do
		kill "$pid" 2>/dev/null
	done
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 99' INT TERM HUP

# start NAME OPTION...: sets url and pid.
start() {
	name=$1
	shift
	"$demo" --listen 127.0.0.1:0 --port-file "$dir/$name.port" \
		--log "$dir/$name.log" "$@" >"$dir/$name.out" 2>&1 &
	pid=$!
	pids="$pids $pid"
	while ! [ -s "$dir/$name.port" ]; do
		kill -0 "$pid" 2>/dev/null || { cat "$dir/$name.out"; exit 99; }
		sleep 0.01
	done
	url=http://127.0.0.1:$(cat "$dir/$name.port")
}

ok() {
	n=$((n + 1))
	if [ "$1" = 0 ]; then
		echo "ok $n - $2"
	else
		echo "not ok $n - $2"
	fi
}

is() {
	[ "$1" = "$2" ]
	rc=$?
	ok $rc "$3"
	[ $rc = 0 ] || printf '# got  %s\n# want %s\n' "$1" "$2"
}

has() {
	case $1 in
	*"$2"*) ok 0 "$3" ;;
	*) ok 1 "$3"; printf '%s\n' "$1" | sed 's/^/# got  /'
	   echo "# want $2" ;;
	esac
}

chat() {
	body=$1
	shift
	curl -sS -m 20 "$@" "$url/v1/chat/completions" -d "$body" 2>&1
}

# say [STREAM-FIELDS] TEXT [curl option...]
say() {
	fields=$1
	text=$2
	shift 2
	chat '{"model":"demo-model",'"$fields"'"messages":[{"role":"user",
		"content":"'"$text"'"}]}' "$@"
}

stream='"stream":true,'
counted='"stream":true,"stream_options":{"include_usage":true},'
tools='"tools":[{"type":"function","function":{"name":"get","parameters":{
	"type":"object","properties":{"n":{"type":"integer","minimum":3},
	"s":{"type":"string"}},"required":["n"]}}}],'

# The texts of a stream, one frame a line.
texts() {
	sed -n 's/.*"delta":{"content":"\(.*\)"},"finish_reason":null.*/\1/p'
}

start main --log-bodies

is "$(curl -sS "$url/health")" '{"status":"ok"}' 'health'
is "$(curl -sS "$url/v1/models")" '{"object":"list","data":[{"id":"demo-model","object":"model","created":0,"owned_by":"llmrelay-demo"}]}' \
	'list of models'
is "$(curl -sS -o /dev/null -w '%{http_code}' "$url/nowhere")" 404 \
	'unknown path'
is "$(curl -sS -o /dev/null -w '%{http_code}' "$url/v1/chat/completions")" \
	405 'wrong method'

out=$(say '' '你好')
has "$out" '"content":"You said: 你好\nThis answer comes from llmrelay-demo."},"finish_reason":"stop","stop_reason":null' 'text comes back'
has "$out" '"usage":{"prompt_tokens":4,"completion_tokens":8,"total_tokens":12}' \
	'usage is exact'

out=$(say "$counted" 'hi [[demo: size=100 cached=2]]')
is "$(printf '%s\n' "$out" | texts)" \
	'You said: hi\nThis answer comes from llmrelay-demo.' 'streamed text'
has "$out" '"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":8,"total_tokens":15,"prompt_tokens_details":{"cached_tokens":2}}' \
	'streamed usage'
has "$out" 'data: [DONE]' 'last line of a stream'
is "$(say "$stream" '[[demo: chunks=5 size=3]]' | texts | tr '\n' '|')" \
	'one| re|lay| pa|sse|' 'filler in frames of a size'
is "$(say "$stream" 'x [[demo: size=7 drip]]' | texts | tr -d '\n')" \
	'You said: x\nThis answer comes from llmrelay-demo.' 'byte by byte'
has "$(say '' 'x' -H 'x-demo: status=418 body="no tea" type=text/plain' -i)" \
	'HTTP/1.1 418' 'switches in a header'

has "$(say '"max_tokens":3,' 'a b c d')" \
	'"content":"You said: a "},"finish_reason":"length"' 'max_tokens'
has "$(say '"stop":["comes"],' 'x')" \
	'This answer "},"finish_reason":"stop","stop_reason":"comes"' \
	'stop string'
has "$(say '' 'think: deep\nx')" \
	'"content":"You said: x\nThis answer comes from llmrelay-demo.","reasoning_content":"deep"' 'reasoning'
has "$(say '' 'think: deep\nx [[demo: reasoning=tags]]')" \
	'"content":"<think>\ndeep\n</think>\n\nYou said: x' 'reasoning in tags'
has "$(say '"response_format":{"type":"json_object"},' 'x')" \
	'"content":"{\"answer\":\"x\"}"' 'JSON asked for'
has "$(say '"response_format":{"type":"json_schema","json_schema":{"name":"r","schema":{"type":"object","properties":{"a":{"enum":["red","blue"]},"b":{"$ref":"#/$defs/B"}},"$defs":{"B":{"type":"array","minItems":2,"items":{"type":"boolean"}}}}}},' 'x')" \
	'"content":"{\"a\":\"red\",\"b\":[true,true]}"' 'JSON of a schema'

out=$(say "$tools$stream" 'call tool get {\"n\":[7,\"}\"]} call tool put [[demo: size=6]]')
has "$out" '"tool_calls":[{"index":0,"id":"call_' 'call begins'
is "$(printf '%s\n' "$out" | sed -n 's/.*"tool_calls":\[{"index":\(.\),"function":{"arguments":\(.*\)}}\]},.*/\1\2/p' | tr '\n' ' ')" \
	'0"{\"n\":[" 0"7,\"}\"]" 0"}" 1"{}" ' 'arguments in fragments'
has "$out" '"delta":{},"finish_reason":"tool_calls"' 'finish of calls'
has "$(say "$tools"'"tool_choice":"required",' 'x')" \
	'"name":"get","arguments":"{\"n\":3}"' 'forced call fits its schema'
has "$(say "$tools$stream" 'call tool get {\"n\":1} [[demo: calls=object]]')" \
	'"arguments":{"n":1}' 'arguments as an object'
has "$(say "$tools$stream" 'call tool get {\"n\":1} [[demo: calls=no_index]]')" \
	'"tool_calls":[{"id":"call_' 'call without an index'
has "$(chat '{"model":"demo-model","messages":[{"role":"user","content":"q"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"42"}]}')" \
	'"content":"The tool said: 42\n' 'result is quoted'
has "$(chat '{"model":"demo-model","messages":[{"role":"tool","content":"42"}]}')" \
	'a tool message needs a tool_call_id' 'tool message without id'
has "$(chat '{"model":"demo-model","messages":[{"role":"user","content":[{"type":"text","text":"see"},{"type":"image_url","image_url":{"url":"data:image/png;base64,aGVsbG8="}}]}]}')" \
	'I got 1 image of 5 bytes.' 'images are counted'

# post PATH BODY [curl option...]
post() {
	path=$1
	body=$2
	shift 2
	curl -sS -m 20 "$@" "$url$path" -d "$body" 2>&1
}

two='"messages":[{"role":"user","content":"a b"}]'
is "$(post /tokenize "{$two}")" \
	'{"count":5,"max_model_len":null,"tokens":[1,2,3,4,5],"token_strs":null}' \
	'vLLM counts'
has "$(post /tokenize "{$two}" -H 'x-demo: context=99')" \
	'"max_model_len":99,' 'vLLM tells its context'
is "$(post /apply-template "{$two}")" '{"prompt":"~ ~ ~ a b"}' \
	'llama.cpp makes a prompt'
is "$(post /tokenize '{"content":"~ ~ ~ a b"}')" '{"tokens":[1,2,3,4,5]}' \
	'llama.cpp counts it'
is "$(post /chat_tokenize '{"messages":[{"role":"system","content":""}]}')" \
	'{"tokenize_response":[{"id":1,"text":"~","start":0,"stop":1},{"id":2,"text":"~","start":2,"stop":3},{"id":3,"text":"~","start":4,"stop":5}],"templated_text":"~ ~ ~ "}' \
	'TGI counts'
is "$(post /v1/messages/count_tokens "{\"system\":[{\"type\":\"text\",\"text\":\"s\"}],\"tools\":[{}],$two}")" \
	'{"input_tokens":25}' 'a server of messages counts'
for switch in tokenizer=none tokenizer=tgi count=404; do
	is "$(post /tokenize "{$two}" -H "x-demo: $switch" -o /dev/null \
		-w '%{http_code}')" 404 "no tokenizer: $switch"
done
is "$(post /apply-template '{"messages":[{"role":"user","content":"[[demo: count=garbage]]"}]}')" \
	'<html><p>count: 1</p>' 'garbage for a count'
is "$(post /tokenize '{"content":7}' -o /dev/null -w '%{http_code}')" 400 \
	'content that is no text'

has "$(chat '{"model":"x","messages":[{"role":"user","content":"q"}]}' -i)" \
	'{"error":{"message":"The model `x` does not exist.","type":"NotFoundError","param":null,"code":404}}' 'unknown model'
out=$(say '' '[[demo: status=429 retry_after=3]]' -i)
has "$out" 'HTTP/1.1 429 Too Many Requests' 'refusal: status'
has "$out" 'Retry-After: 3' 'refusal: Retry-After'
has "$(say '"max_tokens":1,' 'a b [[demo: context=8]]')" \
	'"content":"You "' 'a context that is just large enough'
has "$(say '"max_tokens":2,' 'a b [[demo: context=8]]')" \
	"This model's maximum context length is 8 tokens. However, you requested 9 tokens (7 in the messages, 2 in the completion)." 'context overflow'

out=$(say "$stream" '[[demo: cut=2 chunks=9]]')
has "$out" 'curl: (18)' 'cut: the connection ends'
is "$(printf '%s\n' "$out" | texts)" 'one rela' 'cut: after so many frames'
has "$(say "$stream" '[[demo: cut=0]]')" 'curl: (52)' 'cut before any byte'
is "$(say "$stream" '[[demo: end=2]]' | grep -c '^data: ')" 2 'early good end'
has "$(say "$stream" '[[demo: error_frame=1 message=boom]]')" \
	'data: {"error":{"message":"boom","type":"InternalServerError","param":null,"code":500}}' 'error frame'
has "$(say "$stream" '[[demo: garbage=1]]')" 'data: {"choices":[{"delta":
' 'garbage frame'
is "$(say "$stream" '[[demo: no_done no_finish no_role size=99]] x' |
	grep -c '^data: ')" 1 'frames left out'
has "$(say "$stream" '[[demo: json]]' -i)" 'Content-Type: application/json' \
	'JSON instead of a stream'
has "$(say "$stream" '[[demo: pings=1]]')" ': keep-alive' 'comment lines'
has "$(say '' '[[demo: nosuch=1]]')" "unknown setting 'nosuch'" \
	'unknown switch'

# Bodies: 32 MB with a length and chunked, by way of 100-continue.
head -c 33554432 /dev/zero | tr '\0' a >"$dir/big"
{
	printf '{"model":"demo-model","messages":[{"role":"user","content":"'
	cat "$dir/big"
	printf '"}]}'
} >"$dir/big.json"
for way in 'Expect: 100-continue' 'Transfer-Encoding: chunked' 'Expect:'; do
	has "$(curl -sS -m 60 -H "$way" -H 'Content-Type: application/json' \
		--data-binary "@$dir/big.json" "$url/v1/chat/completions")" \
		'aaa ...\nThis answer' "32 MB, $way"
done
is "$(head -c 45000000 /dev/zero | curl -sS -m 60 -o /dev/null \
	-w '%{http_code}' --data-binary @- "$url/v1/chat/completions")" 413 \
	'more than 40 MB'
is "$(curl -sS -m 20 -o /dev/null -o /dev/null -w '%{num_connects}' \
	"$url/health" "$url/health")" 10 'connections are kept'

# A client that leaves a silent stream is logged at once.
say "$stream" '[[demo: hang=1]]' -N >"$dir/hung" &
client=$!
while ! [ -s "$dir/hung" ]; do
	sleep 0.01
done
kill "$client"
tries=0
while ! grep -q '"event":"aborted"' "$dir/main.log" && [ $tries -lt 500 ]; do
	tries=$((tries + 1))
	sleep 0.01
done
has "$(grep '"event":"aborted"' "$dir/main.log")" '"status":200,"frames":1}' \
	'client that left'
has "$(sed -n 5p "$dir/main.log")" '"event":"request","n":3,"method":"GET","path":"/nowhere","authorization":false' 'log of a request'
has "$(grep '你好' "$dir/main.log")" '"body":{"model":"demo-model","messages":[{"role":"user",' 'log of a body'
kill "$pid"
wait "$pid"
is $? 0 'SIGTERM ends it'

start keyed --api-key secret --model a --model b --demo 'status=503 times=2'
auth='{"messages":[{"role":"user","content":"q"}]'
is "$(chat "$auth,\"model\":\"a\"}" -o /dev/null -w '%{http_code}')" 401 \
	'no key'
is "$(chat "$auth,\"model\":\"a\"}" -o /dev/null -w '%{http_code}' \
	-H 'Authorization: Bearer secreT')" 401 'wrong key'
for want in 503 503 200; do
	is "$(chat "$auth,\"model\":\"b\"}" -o /dev/null -w '%{http_code}' \
		-H 'Authorization: Bearer secret')" $want "times=2: $want"
done
azure=$url/openai/deployments/a/chat/completions
is "$(curl -sS -o /dev/null -w '%{http_code}' -H 'api-key: secret' \
	"$azure?api-version=2024-02-01" -d "$auth}")" 200 'Azure path'
is "$(curl -sS -o /dev/null -w '%{http_code}' -H 'api-key: secret' \
	"$azure" -d "$auth}")" 404 'Azure path without api-version'
is "$(grep -c secret "$dir/keyed.log")" 0 'keys are not logged'

"$demo" --nonsense >"$dir/out" 2>&1
is $? 2 'wrong option'
"$demo" --demo nosuch=1 >"$dir/out" 2>&1
is $? 2 'wrong switch'
"$demo" --listen "127.0.0.1:$(cat "$dir/keyed.port")" >"$dir/out" 2>&1
is $? 1 'address in use'
"$demo" --help >"$dir/out"
is $? 0 'help'
has "$(cat "$dir/out")" 'error_frame' 'help names the switches'

echo "1..$n"
