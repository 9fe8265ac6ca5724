import { Alert, Button, Card, Flex, Form, Input, Typography } from "antd";
import { useState } from "react";
import { request, TenonError } from "../api/client";
import { useFormat, useText } from "../i18n";
import { appText } from "./text";

/** Asks for the token once. It goes to Tenon, which answers with a cookie that no script can read. */
export function SignIn({ onDone }: { onDone: () => void }) {
  const words = useText(appText);
  const format = useFormat();
  const [problem, setProblem] = useState("");
  const [isSending, setSending] = useState(false);
  const send = async ({ token }: { token: string }) => {
    setSending(true);
    try {
      await request("POST", "/sign-in", { token });
      onDone();
    } catch (error) {
      if (!(error instanceof TenonError)) throw error;
      const { status, details } = error;
      const seconds = Number(details["retry_after"] ?? 1);
      if (status === 429) setProblem(words.tooMany(format.number(seconds)));
      else setProblem(status === 401 ? words.wrongToken : error.message);
    } finally {
      setSending(false);
    }
  };
  return (
    <Flex justify="center" align="center" style={{ minHeight: "100vh", padding: 16 }}>
      <Card style={{ width: 380, maxWidth: "100%" }}>
        <Typography.Title level={1} style={{ fontSize: 20, marginTop: 0 }}>
          {words.signInTitle}
        </Typography.Title>
        <Typography.Paragraph type="secondary">{words.signInHelp}</Typography.Paragraph>
        <Form layout="vertical" onFinish={(values: { token: string }) => void send(values)}>
          <Form.Item name="token" label={words.token} rules={[{ required: true }]}>
            <Input.Password autoFocus autoComplete="current-password" />
          </Form.Item>
          {problem && <Alert type="error" showIcon role="alert" title={problem} style={{ marginBottom: 12 }} />}
          <Button type="primary" htmlType="submit" loading={isSending} block>
            {words.signIn}
          </Button>
        </Form>
      </Card>
    </Flex>
  );
}
