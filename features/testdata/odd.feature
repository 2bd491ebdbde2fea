Feature: say

  # As recorded in say/odd.
  @smoke
  Scenario: | odd \ one
    Given it is "2026-11-20T14:00:00.5Z"
    And the header "accept" is "application/json"
    And the header "x-user" is "{\"sub\":\"ada\"}"
    And the fixture
      """
      cache:
        keys:
          "a \"b\" / c": {type: string, value: "x | y"}
      db:
        primary: {public.t: [a, b]}
        tables:
          public.t:
            - {a: 1, b: x, c: !numeric 1.50}
            - {a: 2, b: "x,y", c: null}
      """
    And the upstream "users" answers
      """
      request:
        method: POST
        path: /graphql
        document: |-
          mutation { a }
      response: {status: 200, body: {data: {a: 1}}}
      """
    And the upstream "users" answers
      """
      request: {method: GET, path: "/x?y=1"}
      response: {status: 404}
      """
    And the variables
      ```
      {
        "x": "a | b \\ c \"\"\" d",
        "n": 1.0,
        "big": 12345678901234567890
      }
      ```
    When the mutation is sent
      ```
      mutation ($x: String) {
        say(text: """block "quoted" \""" text""", more: $x)
      }
      ```
    Then both implementations agree
    And the response is
      ```
      {
        "data": {
          "say": "\"\"\""
        }
      }
      ```
    And "a \"b\" / c" is changed
      | property | from     | to              |
      | value    | "x \| y" | "back\\\\slash" |
    And "public.t/1,x" is changed
      | property | from          | to   |
      | c        | !numeric 1.50 | null |
    And "public.t/2,\"x,y\"" is gone
    And nothing else is changed
