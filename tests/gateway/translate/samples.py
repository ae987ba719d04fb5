"""Requests that use, each, about all that their protocol knows.

Sources: the public API references of the three protocols, and requests as Claude Code and Codex send them.
"""

from __future__ import annotations

from typing import Any

from wiretell.model.exchange import WireFormat

MESSAGES: WireFormat = "anthropic-messages"
CHAT: WireFormat = "openai-chat"
RESPONSES: WireFormat = "openai-responses"
PROTOCOLS = (MESSAGES, CHAT, RESPONSES)
PAIRS = tuple((client, upstream) for client in PROTOCOLS for upstream in PROTOCOLS if client != upstream)

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
RICH_MESSAGES: dict[str, Any] = {
    "model": "claude-opus-4",
    "max_tokens": 32000,
    "stream": True,
    "system": [
        {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.329.abc; cc_entrypoint=cli;"},
        {"type": "text", "text": "You are an agent.", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
        {"type": "text", "text": "Second system."},
    ],
    "metadata": {"user_id": "user_abc_session_1"},
    "temperature": 0.5,
    "top_p": 0.9,
    "top_k": 40,
    "stop_sequences": ["STOP1", "STOP2"],
    "service_tier": "auto",
    "container": "cont_1",
    "mcp_servers": [{"type": "url", "url": "https://mcp.example", "name": "m"}],
    "thinking": {"type": "enabled", "budget_tokens": 10000},
    "output_config": {"effort": "high", "format": {"type": "json_schema", "schema": {"type": "object"}}},
    "context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]},
    "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
    "tools": [
        {
            "name": "Bash",
            "description": "Runs",
            "input_schema": {
                "type": "object",
                "properties": {"command": {"type": "string", "description": "cmd"}},
                "required": ["command"],
                "additionalProperties": False,
            },
            "cache_control": {"type": "ephemeral"},
            "defer_loading": True,
            "input_examples": [{"command": "ls"}],
            "strict": True,
        },
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 5},
        {"type": "bash_20250124", "name": "bash"},
    ],
    "messages": [
        {"role": "user", "content": "plain string"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "I think", "signature": "sigABC"},
                {"type": "redacted_thinking", "data": "REDACT"},
                {
                    "type": "text",
                    "text": "calling",
                    "citations": [
                        {
                            "type": "char_location",
                            "cited_text": "zz",
                            "document_index": 0,
                            "document_title": "t",
                            "start_char_index": 0,
                            "end_char_index": 2,
                        }
                    ],
                },
                {"type": "tool_use", "id": "toolu_1", "name": "Bash", "input": {"command": "ls -l"}},
                {"type": "tool_use", "id": "toolu_2", "name": "Bash", "input": {"command": "pwd"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "boom", "is_error": True},
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_2",
                    "content": [
                        {"type": "text", "text": "two"},
                        {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                    ],
                    "cache_control": {"type": "ephemeral"},
                },
                {"type": "text", "text": "and now", "cache_control": {"type": "ephemeral"}},
                {"type": "image", "source": {"type": "url", "url": "https://img.example/a.png"}},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}},
                {
                    "type": "document",
                    "source": {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0xLjQ="},
                    "title": "doc title",
                    "context": "ctx",
                    "citations": {"enabled": True},
                },
                {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "plain doc"}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {"query": "q1"}},
                {
                    "type": "web_search_tool_result",
                    "tool_use_id": "srv_1",
                    "content": [
                        {"type": "web_search_result", "url": "https://r", "title": "T", "encrypted_content": "ENC"}
                    ],
                },
                {"type": "text", "text": "done"},
            ],
        },
        {"role": "user", "content": [{"type": "text", "text": "last"}]},
    ],
}
RICH_CHAT: dict[str, Any] = {
    "model": "gpt-5",
    "stream": True,
    "stream_options": {"include_usage": True},
    "max_completion_tokens": 5000,
    "temperature": 0.3,
    "top_p": 0.8,
    "n": 1,
    "stop": ["E1", "E2"],
    "presence_penalty": 0.1,
    "frequency_penalty": 0.2,
    "logit_bias": {"50256": -100},
    "logprobs": True,
    "top_logprobs": 2,
    "seed": 42,
    "user": "u-1",
    "safety_identifier": "si-1",
    "prompt_cache_key": "pck",
    "prompt_cache_retention": "24h",
    "store": True,
    "metadata": {"k": "v"},
    "service_tier": "flex",
    "parallel_tool_calls": False,
    "reasoning_effort": "high",
    "verbosity": "low",
    "modalities": ["text"],
    "prediction": {"type": "content", "content": "pred"},
    "web_search_options": {"search_context_size": "low"},
    "response_format": {
        "type": "json_schema",
        "json_schema": {
            "name": "out",
            "strict": True,
            "schema": {"type": "object", "properties": {"a": {"type": "string"}}},
        },
    },
    "tool_choice": {"type": "function", "function": {"name": "shell"}},
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "shell",
                "description": "Runs it",
                "parameters": {"type": "object", "properties": {"cmd": {"type": "string"}}, "required": ["cmd"]},
                "strict": True,
            },
        },
        {"type": "custom", "custom": {"name": "patch", "description": "patches", "format": {"type": "text"}}},
    ],
    "messages": [
        {"role": "system", "content": "sys A"},
        {"role": "developer", "content": [{"type": "text", "text": "dev B"}], "name": "devname"},
        {
            "role": "user",
            "name": "ann",
            "content": [
                {"type": "text", "text": "hello"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64," + PNG, "detail": "high"}},
                {"type": "image_url", "image_url": {"url": "https://img.example/b.png"}},
                {
                    "type": "file",
                    "file": {"filename": "f.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjQ="},
                },
                {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
            ],
        },
        {
            "role": "assistant",
            "content": "calling",
            "reasoning_content": "thoughts",
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "shell", "arguments": '{"cmd": "ls"}'}},
                {"id": "call_2", "type": "function", "function": {"name": "shell", "arguments": '{"cmd":"pwd"}'}},
                {"id": "call_3", "type": "custom", "custom": {"name": "patch", "input": "raw patch"}},
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "one"},
        {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "two"}]},
        {"role": "tool", "tool_call_id": "call_3", "content": "three"},
        {"role": "assistant", "content": None, "refusal": "no way"},
        {"role": "user", "content": "go on"},
    ],
}
RICH_RESPONSES: dict[str, Any] = {
    "model": "gpt-5-codex",
    "stream": True,
    "instructions": "codex instr",
    "max_output_tokens": 7000,
    "temperature": 0.2,
    "top_p": 0.7,
    "store": False,
    "parallel_tool_calls": True,
    "prompt_cache_key": "pk",
    "include": ["reasoning.encrypted_content"],
    "reasoning": {"effort": "medium", "summary": "auto"},
    "text": {
        "verbosity": "low",
        "format": {"type": "json_schema", "name": "out", "strict": True, "schema": {"type": "object"}},
    },
    "tool_choice": "auto",
    "truncation": "auto",
    "metadata": {"k": "v"},
    "service_tier": "auto",
    "user": "u",
    "safety_identifier": "sid",
    "max_tool_calls": 3,
    "top_logprobs": 2,
    "background": False,
    "stream_options": {"include_obfuscation": False},
    "client_metadata": {"x": "y"},
    "tools": [
        {
            "type": "function",
            "name": "shell",
            "description": "Runs",
            "strict": False,
            "parameters": {"type": "object", "properties": {"command": {"type": "array", "items": {"type": "string"}}}},
        },
        {
            "type": "custom",
            "name": "apply_patch",
            "description": "patch",
            "format": {"type": "grammar", "syntax": "lark", "definition": "start: x"},
        },
        {"type": "web_search", "search_context_size": "low"},
        {"type": "local_shell"},
        {
            "type": "namespace",
            "name": "mcp__x",
            "tools": [{"type": "function", "name": "inner", "parameters": {"type": "object"}}],
        },
    ],
    "input": [
        {"type": "message", "role": "developer", "content": [{"type": "input_text", "text": "dev text"}]},
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "hi"},
                {"type": "input_image", "image_url": "data:image/png;base64," + PNG, "detail": "high"},
                {"type": "input_image", "image_url": "https://img.example/c.png"},
                {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0xLjQ="},
            ],
        },
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "I reason"}],
            "encrypted_content": "ENCR",
        },
        {
            "type": "message",
            "id": "msg_1",
            "status": "completed",
            "role": "assistant",
            "phase": "commentary",
            "content": [
                {"type": "output_text", "text": "calling", "annotations": []},
                {"type": "refusal", "refusal": "nope"},
            ],
        },
        {
            "type": "function_call",
            "id": "fc_1",
            "status": "completed",
            "call_id": "call_1",
            "name": "shell",
            "arguments": '{"command":["ls"]}',
        },
        {"type": "function_call", "call_id": "call_2", "name": "shell", "arguments": '{"command":["pwd"]}'},
        {"type": "custom_tool_call", "call_id": "call_3", "name": "apply_patch", "input": "*** patch"},
        {"type": "function_call_output", "call_id": "call_1", "output": "one"},
        {
            "type": "function_call_output",
            "call_id": "call_2",
            "output": [
                {"type": "input_text", "text": "two"},
                {"type": "input_image", "image_url": "data:image/png;base64," + PNG},
            ],
        },
        {"type": "custom_tool_call_output", "call_id": "call_3", "output": "three"},
        {
            "type": "web_search_call",
            "id": "ws_1",
            "status": "completed",
            "action": {"type": "search", "query": "weather"},
        },
        {"type": "message", "role": "user", "content": "string content"},
    ],
}

RICH = {MESSAGES: RICH_MESSAGES, CHAT: RICH_CHAT, RESPONSES: RICH_RESPONSES}
